#pragma once

#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/normalization.h>

#include <vector>

#include "model/attention.h"
#include "model/linear.h"

namespace sweepformer::model {

/// Where a layer normalises: before each sublayer, with one more norm after the last layer
/// (Xiong et al. 2020, arXiv:2002.04745), or after each residual sum (Vaswani et al. 2017).
enum class Norm { kPre, kPost };

struct EncoderOptions {
  std::int64_t d_model = 128;
  std::int64_t d_ff = 512;  ///< width of the feed-forward sublayer
  double dropout = 0.0;     ///< after each sublayer and inside the feed-forward one
  Norm norm = Norm::kPre;
  bool gradient_checkpointing = false;  ///< keep each layer's input alone (recompute.h)
};

/// Most numbers that tensors hold at once in a training step of one sample of T tokens, in a layer
/// around `attention`: what both sublayers keep and the output, and the most that the backward pass
/// of one adds. With gradient checkpointing a layer holds the same while it is computed again. Of
/// linear layers without adapters, and with the blocks of as many threads as LibTorch computes on.
double LayerPeakHeld(const EncoderOptions& options, const AttentionImpl& attention,
                     std::int64_t tokens);

/// Attention and a feed-forward sublayer with exact GELU, each with a residual connection.
/// Submodule names as in torch.nn.TransformerEncoderLayer: self_attn, linear1, linear2, norm1,
/// norm2. With multi-head attention 4(C² + C) + 2·C·d_ff + d_ff + C + 4C parameters.
class EncoderLayerImpl : public torch::nn::Module {
 public:
  EncoderLayerImpl(const EncoderOptions& options, Attention attention);

  /// x and pad_mask as in AttentionImpl::forward.
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& pad_mask);

  /// What forward gives its attention sublayer for x.
  torch::Tensor AttentionInput(const torch::Tensor& x);

  /// What forward takes for one sample of T tokens.
  Work ForwardWork(std::int64_t tokens) const;

  double PeakHeld(std::int64_t tokens) const {
    return LayerPeakHeld(options_, *self_attn_, tokens);
  }

  AuxiliaryLoss auxiliary_loss() const { return self_attn_->auxiliary_loss(); }

  /// Xavier-uniform weights and zero biases in the feed-forward sublayer, norms at identity.
  void reset_parameters();

 private:
  double active_dropout() const { return is_training() ? options_.dropout : 0.0; }
  /// x + dropout(feed-forward sublayer of z), z = norm2(x) of Norm::kPre, else x.
  torch::Tensor AddFeedForward(const torch::Tensor& x);
  torch::Tensor Compute(const torch::Tensor& x, const torch::Tensor& pad_mask);

  EncoderOptions options_;
  Attention self_attn_;
  Linear linear1_{nullptr}, linear2_{nullptr};
  torch::nn::LayerNorm norm1_{nullptr}, norm2_{nullptr};
};

TORCH_MODULE(EncoderLayer);

/// One encoder layer around each attention sublayer, and the final norm of Norm::kPre.
class EncoderImpl : public torch::nn::Module {
 public:
  EncoderImpl(const EncoderOptions& options, const std::vector<Attention>& attention);

  /// x and pad_mask as in AttentionImpl::forward.
  torch::Tensor forward(torch::Tensor x, const torch::Tensor& pad_mask);

  /// What forward gives the attention sublayer of each layer for x.
  std::vector<torch::Tensor> AttentionInputs(torch::Tensor x, const torch::Tensor& pad_mask);

  /// What forward takes for one sample of T tokens.
  Work ForwardWork(std::int64_t tokens) const;

  /// The mean over the layers.
  AuxiliaryLoss auxiliary_loss() const;

  /// What of it the backward pass does once more.
  Work RecomputedWork(std::int64_t tokens) const;

 private:
  EncoderOptions options_;
  std::vector<EncoderLayer> layers_;
  torch::nn::LayerNorm norm_{nullptr};
};

TORCH_MODULE(Encoder);

}  // namespace sweepformer::model
