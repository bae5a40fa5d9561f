#include "model/lstm_classifier.h"

#include <torch/nn/init.h>
#include <torch/nn/utils/rnn.h>

#include "model/kernels/dropout.h"

namespace sweepformer::model {

LstmClassifierImpl::LstmClassifierImpl(const LstmClassifierOptions& options) : options_(options) {
  const std::int64_t width = options.d_model, directions = options.bidirectional ? 2 : 1;
  TORCH_CHECK(width % directions == 0, "d_model (", width, ") must be even for two directions");
  embedding_ = register_module("embedding", torch::nn::Embedding(options.vocab_size, width));
  torch::nn::init::normal_(embedding_->weight, 0.0, kEmbeddingDeviation);
  lstm_ = register_module("lstm",
                          torch::nn::LSTM(torch::nn::LSTMOptions(width, width / directions)
                                              .num_layers(options.layers)
                                              .bidirectional(options.bidirectional)
                                              .batch_first(true)
                                              .dropout(options.layers > 1 ? options.dropout : 0)));
  classifier_ = register_module("classifier", ClassifierHead(width, options.classes));
}

Work LstmClassifierImpl::ForwardWork(std::int64_t tokens) const {
  const std::int64_t width = options_.d_model, directions = options_.bidirectional ? 2 : 1;
  const std::int64_t states = width / directions;
  const Work gates =
      ProductWork(tokens, width, 4 * states) + ProductWork(tokens, states, 4 * states);
  const Work one = gates + ElementWork(2.0 * static_cast<double>(tokens * states));
  const Work embedded = ElementWork(static_cast<double>(tokens * width));
  return embedded + static_cast<double>(options_.layers * directions) * one;
}

torch::Tensor LstmClassifierImpl::States(const torch::Tensor& x, const torch::Tensor& pad_mask) {
  if (!pad_mask.defined()) return std::get<0>(lstm_(x));
  // A sample that is all padding steps over one token, which pooling leaves out.
  const torch::Tensor lengths = pad_mask.logical_not().sum(1).clamp_min(1).to(torch::kCPU);
  const auto packed = torch::nn::utils::rnn::pack_padded_sequence(x, lengths, /*batch_first=*/true,
                                                                  /*enforce_sorted=*/false);
  const auto states = std::get<0>(lstm_->forward_with_packed_input(packed));
  return std::get<0>(torch::nn::utils::rnn::pad_packed_sequence(
      states, /*batch_first=*/true, /*padding_value=*/0.0, /*total_length=*/x.size(1)));
}

torch::Tensor LstmClassifierImpl::forward(const torch::Tensor& tokens) {
  const torch::Tensor pad_mask = PadMask(tokens);
  const torch::Tensor x = Dropout(embedding_(tokens), is_training() ? options_.dropout : 0.0);
  return classifier_(Pool(options_.pooling, States(x, pad_mask), pad_mask));
}

}  // namespace sweepformer::model
