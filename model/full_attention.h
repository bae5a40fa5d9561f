#pragma once

#include "model/attention.h"

namespace sweepformer::model {

/// softmax(q kᵀ / √D) v for each head (Wang et al. 2020, arXiv:2006.04768, eq. 2).
///   q         [B, H, T, D] float
///   k, v      [B, H, S, D]
///   pad_mask  [B, S] bool, true = padding: that key is left out; may be undefined
///   dropout   probability of dropping an attention weight
///   returns   [B, H, T, D]; zeros for a sample whose keys are all padding
/// Nothing that stands in a padded row of k or v (NaN included) reaches the result.
/// Time and memory O(B·H·T·S).
torch::Tensor ScaledDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask = {},
                                        double dropout = 0.0);

/// How the scores of full attention are held.
enum class ScoreMatrix {
  kBlocked,  ///< a block of rows at a time (blocked_attention.h): memory O(B·H·T)
  kWhole,    ///< all at once, as everyone writes it and papers compare with: memory O(B·H·T²)
};

/// Self-attention of every token with every other. Time O(B·H·T²).
class FullAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  explicit FullAttentionImpl(const AttentionOptions& options,
                             ScoreMatrix scores = ScoreMatrix::kBlocked);

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  ScoreMatrix scores_;
};

TORCH_MODULE(FullAttention);

}  // namespace sweepformer::model
