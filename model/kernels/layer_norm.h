#pragma once

#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

namespace sweepformer::model {

/// torch.nn.LayerNorm over the last dimension, with weight and bias: (x - mean) / √(variance + ε) ·
/// weight + bias (Ba et al. 2016, arXiv:1607.06450, eq. 4). What HasKernels (dropout.h) is true of
/// goes through one pass over memory each way, which keeps x and two numbers a row; the rest
/// through LibTorch's operator.
///   x  [..., W]
torch::Tensor Normalized(const torch::nn::LayerNorm& norm, const torch::Tensor& x);

/// x, as the term of a sum, and its norm, of which the other term is computed. The gradient of x is
/// added up while that of the norm is made, instead of afterwards. The term has x's memory: nothing
/// may be written to it.
struct Branches {
  torch::Tensor term, norm;
};
Branches BesideNorm(const torch::nn::LayerNorm& norm, const torch::Tensor& x);

}  // namespace sweepformer::model
