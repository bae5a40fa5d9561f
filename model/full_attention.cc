#include "model/full_attention.h"

#include <torch/types.h>

#include <cmath>
#include <limits>

namespace sweepformer::model {
namespace {

/// What is added to the scores, [B·H, 1, S]: 0 for a real key, the lowest float for padding.
/// Finite, so that the softmax of a row without any real key is uniform and not NaN.
torch::Tensor ScoreBias(const torch::Tensor& k, const torch::Tensor& pad_mask) {
  const std::int64_t batch = k.size(0), heads = k.size(1), keys = k.size(2);
  if (!pad_mask.defined()) return k.new_zeros({1, 1, 1});
  return k.new_zeros({batch, heads, keys})
      .masked_fill_(pad_mask.view({batch, 1, keys}), std::numeric_limits<float>::lowest())
      .view({batch * heads, 1, keys});
}

}  // namespace

torch::Tensor ScaledDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask,
                                        double dropout) {
  const std::int64_t batch = k.size(0), keys = k.size(2);
  torch::Tensor real_k = k, real_v = v;
  if (pad_mask.defined()) {  // zeroed, not only left out: NaN · 0 is NaN
    const torch::Tensor rows = pad_mask.view({batch, 1, keys, 1});
    real_k = k.masked_fill(rows, 0);
    real_v = v.masked_fill(rows, 0);
  }
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const torch::Tensor scores =
      torch::baddbmm(ScoreBias(k, pad_mask), q.flatten(0, 1), real_k.flatten(0, 1).transpose(1, 2),
                     /*beta=*/1, /*alpha=*/scale);
  const torch::Tensor weights = torch::dropout(scores.softmax(-1), dropout, dropout > 0.0);
  return torch::bmm(weights, real_v.flatten(0, 1)).view(q.sizes());
}

FullAttentionImpl::FullAttentionImpl(const AttentionOptions& options)
    : MultiHeadAttentionImpl(options) {
  reset_parameters();
}

torch::Tensor FullAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask) {
  return ScaledDotProductAttention(q, k, v, pad_mask, active_dropout());
}

}  // namespace sweepformer::model
