#pragma once

#include "model/attention.h"
#include "model/relative_bias.h"

namespace sweepformer::model {

/// softmax(q kᵀ / √D) v for each head (Wang et al. 2020, arXiv:2006.04768, eq. 2).
///   q         [B, H, T, D] float
///   k, v      [B, H, S, D]
///   pad_mask  [B, S] bool, true = padding: that key is left out; may be undefined
///   dropout   probability of dropping an attention weight
///   by_offset [H, 2T - 1], what is added to scores where S = T (relative_bias.h); may be undefined
///   returns   [B, H, T, D]; zeros for a sample whose keys are all padding
/// Nothing that stands in a padded row of k or v (NaN included) reaches the result.
/// Time and memory O(B·H·T·S).
torch::Tensor ScaledDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask = {},
                                        double dropout = 0.0, const torch::Tensor& by_offset = {});

/// P, the softmax in it before dropout: [B·H, T, S], rows that sum to one. k must hold zeros in its
/// padded rows.
torch::Tensor AttentionWeights(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& pad_mask = {},
                               const torch::Tensor& by_offset = {});

/// How the scores of full attention are held.
enum class ScoreMatrix {
  kBlocked,  ///< a block of rows at a time (blocked_attention.h): memory O(B·H·T)
  kWhole,    ///< all at once, as everyone writes it and papers compare with: memory O(B·H·T²)
};

/// Self-attention of every token with every other. Time O(B·H·T²). With Positions::kRelative the
/// first layer owns the bias, relative_attention_bias, which all layers share, as in T5; unlike
/// there scores keep their 1/√D.
class FullAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  explicit FullAttentionImpl(const AttentionOptions& options,
                             ScoreMatrix scores = ScoreMatrix::kBlocked);

  /// A further layer, with the bias of `first`.
  FullAttentionImpl(const AttentionOptions& options, ScoreMatrix scores,
                    const FullAttentionImpl& first);

  void reset_parameters() override;

  /// With analysis, attention_spectrum (spectrum.h) of each head.
  Diagnosis Diagnose(const torch::Tensor& x) override;

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  /// What the bias is by offset; undefined without one.
  torch::Tensor ByOffset(std::int64_t tokens) const;

  ScoreMatrix scores_;
  RelativeAttentionBias bias_{nullptr};  // registered where it is owned
};

TORCH_MODULE(FullAttention);

/// The attention sublayer that follows those of `before`.
Attention MakeFullLayer(const AttentionOptions& options, ScoreMatrix scores,
                        const std::vector<Attention>& before);

}  // namespace sweepformer::model
