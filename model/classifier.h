#pragma once

#include <torch/nn/modules/embedding.h>
#include <torch/nn/modules/linear.h>

#include <memory>
#include <vector>

#include "model/attention.h"
#include "model/encoder.h"
#include "model/pooling.h"
#include "model/positions.h"

namespace sweepformer::model {

/// Which tokens are padding: [B, T] bool, true = padding; undefined if none is.
torch::Tensor PadMask(const torch::Tensor& tokens);

/// Which sentence of its pair each token belongs to: [B, T] int64, 1 after the first
/// datasets::kSep, which is itself of the first sentence, else 0.
torch::Tensor SegmentsOf(const torch::Tensor& tokens);

/// The last linear layer of a classifier, small enough at first that every class is as likely.
torch::nn::Linear ClassifierHead(std::int64_t width, std::int64_t classes);

/// Anything that turns token ids into class scores.
class ClassifierImpl : public torch::nn::Module {
 public:
  /// tokens [B, T] int64, datasets::kPad = padding → logits [B, classes]. The logits of a sample
  /// depend neither on how far it was padded nor on the other samples of the batch.
  virtual torch::Tensor forward(const torch::Tensor& tokens) = 0;

  /// What forward takes for one sample of T tokens; pooling and the last layer are left out, being
  /// next to nothing.
  virtual Work ForwardWork(std::int64_t tokens) const = 0;

  /// That of the last forward in training.
  virtual AuxiliaryLoss auxiliary_loss() const { return {}; }

  /// What of it the backward pass does once more.
  virtual Work RecomputedWork(std::int64_t /*tokens*/) const { return {}; }

  /// What forward gives each of its attention sublayers, [B, T, C]; none where there are none.
  virtual std::vector<torch::Tensor> AttentionInputs(const torch::Tensor& /*tokens*/) { return {}; }
};

/// Holds any classifier.
using Classifier = std::shared_ptr<ClassifierImpl>;

struct EncoderClassifierOptions {
  std::int64_t vocab_size = 0;
  std::int64_t classes = 2;
  std::int64_t max_length = 128;
  EncoderOptions encoder;
  Positions positions = Positions::kLearned;
  Pooling pooling = Pooling::kMean;
  bool segments = false;  ///< samples are pairs of sentences, told apart as in BERT
};

/// Token embedding plus positions (and segments), dropout, encoder, pooling, linear classifier.
class EncoderClassifierImpl final : public ClassifierImpl {
 public:
  /// One encoder layer for each attention sublayer.
  EncoderClassifierImpl(const EncoderClassifierOptions& options,
                        const std::vector<Attention>& attention);

  torch::Tensor forward(const torch::Tensor& tokens) override;
  Work ForwardWork(std::int64_t tokens) const override;
  AuxiliaryLoss auxiliary_loss() const override { return encoder_->auxiliary_loss(); }
  Work RecomputedWork(std::int64_t tokens) const override;
  std::vector<torch::Tensor> AttentionInputs(const torch::Tensor& tokens) override;

 private:
  /// [B, T] → [B, T, C], what the encoder gets.
  torch::Tensor Embed(const torch::Tensor& tokens);

  EncoderClassifierOptions options_;
  torch::nn::Embedding embedding_{nullptr};
  PositionTable positions_{nullptr};
  Encoder encoder_{nullptr};
  torch::nn::Linear classifier_{nullptr};
  torch::nn::Embedding segments_{nullptr};  ///< of pairs only
};

struct BagClassifierOptions {
  std::int64_t vocab_size = 0;
  std::int64_t classes = 2;
  std::int64_t d_model = 128;
  double dropout = 0.0;
};

/// The honest baseline, attention = none: the mean of the token embeddings, dropout, linear
/// classifier. No positions, no encoder layer, no feed-forward sublayer: token order and token
/// interaction are invisible to it. A sample that is all padding counts as a zero vector.
class BagClassifierImpl final : public ClassifierImpl {
 public:
  explicit BagClassifierImpl(const BagClassifierOptions& options);

  torch::Tensor forward(const torch::Tensor& tokens) override;
  Work ForwardWork(std::int64_t tokens) const override;

 private:
  double dropout_;
  torch::nn::EmbeddingBag embedding_{nullptr};
  torch::nn::Linear classifier_{nullptr};
};

}  // namespace sweepformer::model
