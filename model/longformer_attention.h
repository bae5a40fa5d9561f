#pragma once

#include <vector>

#include "model/attention.h"
#include "model/parameter_reader.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

// Sliding-window attention (Beltagy et al. 2020, arXiv:2004.05150). Legend: w one-sided window, g
// global tokens, the first g of a sample.

struct Band {
  std::int64_t window = 32;   ///< w: a token sees w tokens on either side and itself
  std::int64_t dilation = 1;  ///< of the tokens it sees on either side, every dilation-th
  std::int64_t globals = 0;   ///< g: tokens that every token sees, in one softmax with the window
};

/// Scaled dot-product attention of each query to the keys of its band.
///   q, k, v   [B, H, T, D] float
///   pad_mask  [B, T] bool, true = padding: that key is left out; may be undefined
///   dropout   probability of dropping an attention weight
///   returns   [B, H, T, D]; zeros for a row whose band holds no real key
/// Nothing that stands in a padded row of k or v (NaN included) reaches the result. Blocks of
/// max(w, 16) rows at a time, both cut at the T / dilation tokens that see one another: scores per
/// row at most max(w, 16) + 2w + g, time and memory O(B·H·T·(w + g)). No condition on T, unlike the
/// reference's chunks of 2w. A window of T - 1 or more is full attention.
torch::Tensor BandedAttention(const torch::Tensor& q, const torch::Tensor& k,
                              const torch::Tensor& v, const Band& band,
                              const torch::Tensor& pad_mask = {}, double dropout = 0.0);

struct LongformerOptions {
  AttentionOptions attention;
  Band band;
};

/// Self-attention in a band. The first g tokens see all tokens, by projections of their own:
/// global_q_proj, global_k_proj and global_v_proj, which start equal to the ordinary ones, as in
/// the paper (section 5). Without global tokens there are none of these.
class LongformerAttentionImpl final : public MultiHeadAttentionImpl {
 public:
  explicit LongformerAttentionImpl(const LongformerOptions& options);

  void reset_parameters() override;

 protected:
  Work CoreWork(std::int64_t tokens) const override;
  Held CoreHeld(std::int64_t tokens) const override;
  torch::Tensor MixHeads(const torch::Tensor& x, const torch::Tensor& pad_mask) override;
  torch::Tensor Attend(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                       const torch::Tensor& pad_mask) override;

 private:
  void StartGlobals();

  Band band_;
  Linear global_q_proj_{nullptr}, global_k_proj_{nullptr}, global_v_proj_{nullptr};
};

TORCH_MODULE(LongformerAttention);

/// What a run says of its bands: those of the layers differ by the two factors.
struct BandSchedule {
  Band first;
  std::int64_t window_growth = 1;
  std::int64_t dilation_growth = 1;

  /// The band of layer 0, 1, …: w · window_growth^layer, dilation · dilation_growth^layer, both cut
  /// at max_length, beyond which nothing changes.
  Band OfLayer(std::int64_t layer, std::int64_t max_length) const;
};

/// What the design reads from a run's parameters.
std::vector<ParameterSpec> LongformerParameters();
std::vector<ParameterCheck> LongformerChecks();
BandSchedule ReadBandSchedule(const AttentionOptions& attention, ParameterReader& reader);

}  // namespace sweepformer::model
