#pragma once

#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/modules/rnn.h>

#include "model/classifier.h"

namespace sweepformer::model {

struct LstmClassifierOptions {
  std::int64_t vocab_size = 0;
  std::int64_t classes = 2;
  std::int64_t d_model = 128;  ///< width of the embeddings and, all directions together, the states
  std::int64_t layers = 2;
  bool bidirectional = true;
  double dropout = 0.0;  ///< of the embeddings and between layers
  Pooling pooling = Pooling::kMean;
};

/// No attention at all, the recurrent rival with few data: token embedding, dropout, LSTM
/// (Hochreiter and Schmidhuber 1997), pooling over its states, linear classifier. Padding is never
/// stepped over: the backward direction begins at a sample's last real token.
class LstmClassifierImpl final : public ClassifierImpl {
 public:
  /// Throws c10::Error if it is bidirectional and d_model is odd.
  explicit LstmClassifierImpl(const LstmClassifierOptions& options);

  torch::Tensor forward(const torch::Tensor& tokens) override;
  Work ForwardWork(std::int64_t tokens) const override;

 private:
  /// [B, T, C] → [B, T, C], zeros in the rows of padding.
  torch::Tensor States(const torch::Tensor& x, const torch::Tensor& pad_mask);

  LstmClassifierOptions options_;
  torch::nn::Embedding embedding_{nullptr};
  torch::nn::LSTM lstm_{nullptr};
  torch::nn::Linear classifier_{nullptr};
};

}  // namespace sweepformer::model
