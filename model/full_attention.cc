#include "model/full_attention.h"

#include <torch/types.h>

#include <cmath>

#include "model/blocked_attention.h"
#include "model/kernels/dropout.h"
#include "model/key_padding.h"
#include "model/products.h"
#include "model/spectrum.h"

namespace sweepformer::model {
namespace {

/// What is added to the scores [B·H, T, S], or broadcasts to it.
torch::Tensor BiasOf(const torch::Tensor& k, const torch::Tensor& pad_mask,
                     const torch::Tensor& by_offset) {
  const torch::Tensor of_keys = ScoreBias(k, pad_mask);
  if (!by_offset.defined()) return of_keys;
  return BiasOfRows(by_offset, 0, k.size(2)).repeat({k.size(0), 1, 1}) + of_keys;
}

}  // namespace

torch::Tensor AttentionWeights(const torch::Tensor& q, const torch::Tensor& k,
                               const torch::Tensor& pad_mask, const torch::Tensor& by_offset) {
  const double scale = 1.0 / std::sqrt(static_cast<double>(q.size(3)));
  return AddProduct(BiasOf(k, pad_mask, by_offset), q.flatten(0, 1),
                    k.flatten(0, 1).transpose(1, 2), scale)
      .softmax(-1);
}

torch::Tensor ScaledDotProductAttention(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask,
                                        double dropout, const torch::Tensor& by_offset) {
  const torch::Tensor real_k = ZeroPadding(k, pad_mask), real_v = ZeroPadding(v, pad_mask);
  const torch::Tensor weights = Dropout(AttentionWeights(q, real_k, pad_mask, by_offset), dropout);
  return Product(weights, real_v.flatten(0, 1)).view(q.sizes());
}

FullAttentionImpl::FullAttentionImpl(const AttentionOptions& options, ScoreMatrix scores)
    : MultiHeadAttentionImpl(options), scores_(scores) {
  MultiHeadAttentionImpl::reset_parameters();
  if (options.positions == Positions::kRelative) {  // drawn last: it changes no other draw
    bias_ = register_module("relative_attention_bias", RelativeAttentionBias(options.heads));
  }
}

FullAttentionImpl::FullAttentionImpl(const AttentionOptions& options, ScoreMatrix scores,
                                     const FullAttentionImpl& first)
    : MultiHeadAttentionImpl(options), scores_(scores), bias_(first.bias_) {
  MultiHeadAttentionImpl::reset_parameters();
}

void FullAttentionImpl::reset_parameters() {
  MultiHeadAttentionImpl::reset_parameters();
  if (bias_) bias_->reset_parameters();
}

torch::Tensor FullAttentionImpl::ByOffset(std::int64_t tokens) const {
  return bias_ ? bias_->forward(tokens) : torch::Tensor();
}

Work FullAttentionImpl::CoreWork(std::int64_t tokens) const {
  return AttentionWork(tokens, tokens, options().d_model, options().heads,
                       /*scores_in_memory=*/scores_ == ScoreMatrix::kWhole);
}

Held FullAttentionImpl::CoreHeld(std::int64_t tokens) const {
  const double rows = RowNumbers(tokens);
  Held held{3 * rows, 3 * rows};
  if (scores_ == ScoreMatrix::kBlocked) {  // weights, their gradient and that of the scores
    held.backward += 3 * static_cast<double>(BlockNumbers(tokens, tokens));
    return held;
  }
  const Held scores = ScoresHeld(static_cast<double>(options().heads * tokens * tokens), rows);
  return {held.kept + scores.kept, scores.backward};
}

torch::Tensor FullAttentionImpl::Attend(const torch::Tensor& q, const torch::Tensor& k,
                                        const torch::Tensor& v, const torch::Tensor& pad_mask) {
  const auto attend =
      scores_ == ScoreMatrix::kBlocked ? BlockedAttention : ScaledDotProductAttention;
  return attend(q, k, v, pad_mask, active_dropout(), ByOffset(q.size(2)));
}

Diagnosis FullAttentionImpl::Diagnose(const torch::Tensor& x) {
  if (!options().analysis) return {};
  const torch::Tensor placed = Placed(x);
  const torch::Tensor weights =
      AttentionWeights(Queries(placed), Keys(placed), /*pad_mask=*/{}, ByOffset(x.size(1)));
  Diagnosis diagnosis;
  diagnosis.by_head["attention_spectrum"] = CumulativeSpectra(weights);
  return diagnosis;
}

Attention MakeFullLayer(const AttentionOptions& options, ScoreMatrix scores,
                        const std::vector<Attention>& before) {
  if (options.positions != Positions::kRelative || before.empty()) {
    return std::make_shared<FullAttentionImpl>(options, scores);
  }
  const auto& first = dynamic_cast<const FullAttentionImpl&>(*before.front());
  return std::make_shared<FullAttentionImpl>(options, scores, first);
}

}  // namespace sweepformer::model
