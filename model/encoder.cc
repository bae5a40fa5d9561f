#include "model/encoder.h"

#include <torch/nn/init.h>

#include <algorithm>

#include "model/kernels/dropout.h"
#include "model/kernels/elementwise.h"
#include "model/kernels/feed_forward.h"
#include "model/kernels/layer_norm.h"
#include "model/products.h"
#include "model/recompute.h"

namespace sweepformer::model {
namespace {

torch::nn::LayerNorm MakeNorm(std::int64_t width) {
  return torch::nn::LayerNorm(torch::nn::LayerNormOptions({width}));
}

}  // namespace

EncoderLayerImpl::EncoderLayerImpl(const EncoderOptions& options, Attention attention)
    : options_(options) {
  self_attn_ = register_module("self_attn", std::move(attention));
  linear1_ = register_module("linear1", Linear(options.d_model, options.d_ff));
  linear2_ = register_module("linear2", Linear(options.d_ff, options.d_model));
  norm1_ = register_module("norm1", MakeNorm(options.d_model));
  norm2_ = register_module("norm2", MakeNorm(options.d_model));
  reset_parameters();
}

void EncoderLayerImpl::reset_parameters() {
  for (auto& linear : {linear1_, linear2_}) {
    torch::nn::init::xavier_uniform_(linear->weight);
    torch::nn::init::zeros_(linear->bias);
  }
  norm1_->reset_parameters();
  norm2_->reset_parameters();
}

torch::Tensor EncoderLayerImpl::AddFeedForward(const torch::Tensor& x) {
  const bool norm_first = options_.norm == Norm::kPre;
  const double dropout = active_dropout();
  if (HasKernels(x) && !linear1_->AdapterIsApart() && !linear2_->AdapterIsApart()) {
    return FeedForward(x, norm_first ? norm2_ : torch::nn::LayerNorm(nullptr),
                       {linear1_->weight, linear1_->bias, linear2_->weight, linear2_->bias},
                       dropout, OperandType());
  }
  const torch::Tensor in = norm_first ? Normalized(norm2_, x) : x;
  const torch::Tensor inner =
      GeluDropout(linear1_->ForwardWithoutBias(in), linear1_->bias, dropout);
  return AddDropped(x, linear2_->ForwardWithoutBias(inner), linear2_->bias, dropout);
}

torch::Tensor EncoderLayerImpl::AttentionInput(const torch::Tensor& x) {
  return options_.norm == Norm::kPre ? Normalized(norm1_, x) : x;
}

torch::Tensor EncoderLayerImpl::Compute(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  const bool norm_first = options_.norm == Norm::kPre;
  const auto [term, in] = norm_first ? BesideNorm(norm1_, x) : Branches{x, x};
  const torch::Tensor sum =
      AddDropped(term, self_attn_->forward(in, pad_mask), {}, active_dropout());
  if (norm_first) return AddFeedForward(sum);
  return Normalized(norm2_, AddFeedForward(Normalized(norm1_, sum)));
}

torch::Tensor EncoderLayerImpl::forward(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  if (!options_.gradient_checkpointing) return Compute(x, pad_mask);
  // What a design draws at its own times it draws at the same ones when it computes again.
  const std::int64_t batches = self_attn_->batches_since_draw();
  return Recomputed(x, [this, pad_mask, batches](const torch::Tensor& same) {
    self_attn_->set_batches_since_draw(batches);
    return Compute(same, pad_mask);
  });
}

Work EncoderLayerImpl::ForwardWork(std::int64_t tokens) const {
  const std::int64_t width = options_.d_model, inner = options_.d_ff;
  const Work feed_forward = linear1_->ForwardWork(tokens) + linear2_->ForwardWork(tokens);
  const Work gelu = ElementWork(static_cast<double>(tokens * inner));
  const Work norms_and_sums = ElementWork(4.0 * static_cast<double>(tokens * width));
  return self_attn_->ForwardWork(tokens) + feed_forward + gelu + norms_and_sums;
}

double LayerPeakHeld(const EncoderOptions& options, const AttentionImpl& attention,
                     std::int64_t tokens) {
  const auto rows = static_cast<double>(tokens * options.d_model);
  const auto inner = static_cast<double>(tokens * options.d_ff);
  const auto weight = static_cast<double>(options.d_model * options.d_ff);
  const Held mixing = attention.HeldBy(tokens);
  // The sum and the output; GELU's output and its derivative.
  const double kept = mixing.kept + 2 * rows + 2 * inner;
  const auto block =
      static_cast<double>(FeedForwardBlockNumbers(tokens, options.d_model, options.d_ff));
  const double feed_forward = kept + rows + 2 * weight + block;   // gradients: x, both weights
  const double mixed = mixing.kept + mixing.backward + 2 * rows;  // the output, the sum's gradient
  return std::max(feed_forward, mixed);
}

EncoderImpl::EncoderImpl(const EncoderOptions& options, const std::vector<Attention>& attention)
    : options_(options) {
  torch::nn::ModuleList list;
  for (const auto& sublayer : attention) {
    layers_.emplace_back(options, sublayer);
    list->push_back(layers_.back());
  }
  register_module("layers", list);
  if (options.norm == Norm::kPre) norm_ = register_module("norm", MakeNorm(options.d_model));
}

torch::Tensor EncoderImpl::forward(torch::Tensor x, const torch::Tensor& pad_mask) {
  for (auto& layer : layers_) x = layer(x, pad_mask);
  return norm_ ? Normalized(norm_, x) : x;
}

std::vector<torch::Tensor> EncoderImpl::AttentionInputs(torch::Tensor x,
                                                        const torch::Tensor& pad_mask) {
  std::vector<torch::Tensor> inputs;
  for (auto& layer : layers_) {
    inputs.push_back(layer->AttentionInput(x));
    x = layer(x, pad_mask);
  }
  return inputs;
}

Work EncoderImpl::RecomputedWork(std::int64_t tokens) const {
  return options_.gradient_checkpointing ? ForwardWork(tokens) : Work{};
}

Work EncoderImpl::ForwardWork(std::int64_t tokens) const {
  Work work;
  for (const auto& layer : layers_) work += layer->ForwardWork(tokens);
  return work;
}

AuxiliaryLoss EncoderImpl::auxiliary_loss() const {
  AuxiliaryLoss mean;
  for (const auto& layer : layers_) {
    const auto [value, weight] = layer->auxiliary_loss();
    if (!value.defined()) continue;
    const torch::Tensor part = value / static_cast<double>(layers_.size());
    mean = {mean.value.defined() ? mean.value + part : part, weight};
  }
  return mean;
}

}  // namespace sweepformer::model
