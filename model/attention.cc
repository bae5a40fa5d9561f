#include "model/attention.h"

#include <torch/nn/init.h>

namespace sweepformer::model {

MultiHeadAttentionImpl::MultiHeadAttentionImpl(const AttentionOptions& options)
    : options_(options) {
  const std::int64_t width = options.d_model;
  TORCH_CHECK(options.heads > 0 && width % options.heads == 0, "heads (", options.heads,
              ") must divide d_model (", width, ")");
  q_proj_ = register_module("q_proj", Linear(width, width));
  k_proj_ = register_module("k_proj", Linear(width, width));
  v_proj_ = register_module("v_proj", Linear(width, width));
  out_proj_ = register_module("out_proj", Linear(width, width));
  if (options.positions == Positions::kInfused) {
    positions_ =
        register_module("positions", PositionTable(options.positions, options.max_length, width));
  }
}

void MultiHeadAttentionImpl::reset_parameters() {
  for (auto& projection : {q_proj_, k_proj_, v_proj_, out_proj_}) {
    torch::nn::init::xavier_uniform_(projection->weight);
    torch::nn::init::zeros_(projection->bias);
  }
}

torch::Tensor MultiHeadAttentionImpl::SplitHeads(const torch::Tensor& projected) const {
  return projected.view({projected.size(0), projected.size(1), options_.heads, -1}).transpose(1, 2);
}

torch::Tensor MultiHeadAttentionImpl::OfSums(Linear& projection, const torch::Tensor& x,
                                             const torch::Tensor& sums) {
  return projection->ForwardWithoutBias(x) + sums.unsqueeze(-1) * projection->bias;
}

bool MultiHeadAttentionImpl::KeysAndValuesTrainLinearly() const {
  const auto drops = [](const Linear& linear) {
    return linear->adapter() && linear->adapter()->dropout > 0;
  };
  return !drops(k_proj_) && !drops(v_proj_);
}

torch::Tensor MultiHeadAttentionImpl::forward(const torch::Tensor& x,
                                              const torch::Tensor& pad_mask) {
  TORCH_CHECK(x.size(1) <= options_.max_length, "a batch of ", x.size(1),
              " tokens is longer than max_length (", options_.max_length, ")");
  return out_proj_(MixHeads(x, pad_mask).transpose(1, 2).flatten(2));
}

torch::Tensor MultiHeadAttentionImpl::MixHeads(const torch::Tensor& x,
                                               const torch::Tensor& pad_mask) {
  const torch::Tensor placed = Placed(x);
  return Attend(Queries(placed), Keys(placed), Values(x), pad_mask);
}

Work MultiHeadAttentionImpl::ForwardWork(std::int64_t tokens) const {
  const std::int64_t keys = KeyRows(tokens);
  return q_proj_->ForwardWork(tokens) + k_proj_->ForwardWork(keys) + v_proj_->ForwardWork(keys) +
         CoreWork(tokens) + out_proj_->ForwardWork(tokens);
}

Held MultiHeadAttentionImpl::HeldBy(std::int64_t tokens) const {
  const double rows = RowNumbers(tokens);
  Held held = CoreHeld(tokens);
  held.kept += (positions_ ? 3 : 2) * rows;
  return held;
}

std::int64_t CountParameters(const std::vector<Attention>& layers) {
  std::int64_t count = 0;
  for (const auto& layer : layers) {
    for (const auto& parameter : layer->parameters()) count += parameter.numel();
  }
  return count;
}

}  // namespace sweepformer::model
