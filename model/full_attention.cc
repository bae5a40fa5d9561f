#include "model/full_attention.h"

#include <torch/types.h>

#include <cmath>

#include "model/blocked_attention.h"
#include "model/key_padding.h"

namespace sweepformer::model {
torch::Tensor ScaledDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask,
                                        double dropout) {
  const torch::Tensor real_k = ZeroPadding(k, pad_mask), real_v = ZeroPadding(v, pad_mask);
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  const torch::Tensor scores =
      torch::baddbmm(ScoreBias(k, pad_mask), q.flatten(0, 1), real_k.flatten(0, 1).transpose(1, 2),
                     /*beta=*/1, /*alpha=*/scale);
  const torch::Tensor weights = torch::dropout(scores.softmax(-1), dropout, dropout > 0.0);
  return torch::bmm(weights, real_v.flatten(0, 1)).view(q.sizes());
}

FullAttentionImpl::FullAttentionImpl(const AttentionOptions& options, ScoreMatrix scores)
    : MultiHeadAttentionImpl(options), scores_(scores) {
  reset_parameters();
}

Work FullAttentionImpl::CoreWork(std::int64_t tokens) const {
  return AttentionWork(tokens, tokens, options().d_model, options().heads,
                       /*scores_in_memory=*/scores_ == ScoreMatrix::kWhole);
}

torch::Tensor FullAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask) {
  const auto attend =
      scores_ == ScoreMatrix::kBlocked ? BlockedAttention : ScaledDotProductAttention;
  return attend(q, k, v, pad_mask, active_dropout());
}

}  // namespace sweepformer::model
