#include "model/classifier.h"

#include <torch/nn/init.h>

#include "datasets/vocabulary.h"
#include "model/kernels/dropout.h"

namespace sweepformer::model {
namespace {

/// Small enough that the first loss is ln(classes) to two digits whatever the pooled vector is.
constexpr double kClassifierDeviation = 0.02;

}  // namespace

torch::nn::Linear ClassifierHead(std::int64_t width, std::int64_t classes) {
  torch::nn::Linear head(width, classes);
  torch::nn::init::normal_(head->weight, 0.0, kClassifierDeviation);
  torch::nn::init::zeros_(head->bias);
  return head;
}

torch::Tensor PadMask(const torch::Tensor& tokens) {
  torch::Tensor mask = tokens == datasets::kPad;
  return mask.any().item<bool>() ? mask : torch::Tensor();
}

torch::Tensor SegmentsOf(const torch::Tensor& tokens) {
  const torch::Tensor separators = (tokens == datasets::kSep).to(torch::kInt64);
  return (separators.cumsum(1) - separators).clamp_max(1);
}

EncoderClassifierImpl::EncoderClassifierImpl(const EncoderClassifierOptions& options,
                                             const std::vector<Attention>& attention)
    : options_(options) {
  const std::int64_t width = options.encoder.d_model;
  embedding_ = register_module("embedding", torch::nn::Embedding(options.vocab_size, width));
  torch::nn::init::normal_(embedding_->weight, 0.0, kEmbeddingDeviation);
  encoder_ = register_module("encoder", Encoder(options.encoder, attention));
  classifier_ = register_module("classifier", ClassifierHead(width, options.classes));
  if (options.segments) {
    segments_ = register_module("segments", torch::nn::Embedding(2, width));
    torch::nn::init::normal_(segments_->weight, 0.0, kEmbeddingDeviation);
  }
  // Drawn last: what is told of positions, and of how many, changes no other draw.
  const Positions added = InAttention(options.positions) ? Positions::kNone : options.positions;
  positions_ = register_module("positions", PositionTable(added, options.max_length, width));
}

torch::Tensor EncoderClassifierImpl::Embed(const torch::Tensor& tokens) {
  torch::Tensor x = positions_(embedding_(tokens));
  if (options_.segments) x = x + segments_(SegmentsOf(tokens));
  return Dropout(x, is_training() ? options_.encoder.dropout : 0.0);
}

torch::Tensor EncoderClassifierImpl::forward(const torch::Tensor& tokens) {
  const torch::Tensor pad_mask = PadMask(tokens);
  const torch::Tensor x = Embed(tokens);
  return classifier_(Pool(options_.pooling, encoder_(x, pad_mask), pad_mask));
}

std::vector<torch::Tensor> EncoderClassifierImpl::AttentionInputs(const torch::Tensor& tokens) {
  return encoder_->AttentionInputs(Embed(tokens), PadMask(tokens));
}

Work EncoderClassifierImpl::RecomputedWork(std::int64_t tokens) const {
  return encoder_->RecomputedWork(tokens);
}

Work EncoderClassifierImpl::ForwardWork(std::int64_t tokens) const {
  const std::int64_t width = options_.encoder.d_model;
  return ElementWork(static_cast<double>(tokens * width)) + encoder_->ForwardWork(tokens);
}

BagClassifierImpl::BagClassifierImpl(const BagClassifierOptions& options)
    : dropout_(options.dropout) {
  embedding_ = register_module(
      "embedding",
      torch::nn::EmbeddingBag(torch::nn::EmbeddingBagOptions(options.vocab_size, options.d_model)
                                  .mode(torch::kMean)
                                  .padding_idx(datasets::kPad)));
  torch::nn::init::normal_(embedding_->weight, 0.0, kEmbeddingDeviation);
  classifier_ = register_module("classifier", ClassifierHead(options.d_model, options.classes));
}

torch::Tensor BagClassifierImpl::forward(const torch::Tensor& tokens) {
  return classifier_(Dropout(embedding_(tokens), is_training() ? dropout_ : 0.0));
}

Work BagClassifierImpl::ForwardWork(std::int64_t tokens) const {
  return {0, 4.0 * static_cast<double>(tokens * embedding_->weight.size(1))};  // read and summed
}

}  // namespace sweepformer::model
