#pragma once

#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

namespace sweepformer::model {

/// What an encoder layer does beside attention. The masks are drawn by rows (DropoutMaskOfRows).

struct FeedForwardWeights {
  torch::Tensor inner, inner_bias;  ///< [F, C], [F]
  torch::Tensor outer, outer_bias;  ///< [C, F], [C]
};

/// x + dropout(dropout(gelu(z innerᵀ + inner_bias)) outerᵀ + outer_bias) with z = norm(x), or x
/// without a norm, of what HasKernels (dropout.h) is true of; with the exact GELU of Hendrycks and
/// Gimpel 2016 (arXiv:1606.08415). Computed in blocks of rows that stay in the cache from the norm
/// to the sum, and back: z and the gradients of it and of the inner numbers are never there as a
/// whole. Differentiable once.
///   x     [..., C]
///   type  of the operands of products, float32 or bfloat16; then the inner numbers and their
///         gradient are rounded to it too, and computed with as float32
torch::Tensor FeedForward(const torch::Tensor& x, const torch::nn::LayerNorm& norm,
                          const FeedForwardWeights& weights, double dropout,
                          torch::ScalarType type);

/// Numbers of what it holds of one block of rows, in its backward pass.
std::int64_t FeedForwardBlockNumbers(std::int64_t rows, std::int64_t width, std::int64_t inner);

// Its passes between products by themselves, each in one pass over memory; of what the kernels are
// not made for, by LibTorch's operators. A bias may be undefined.

/// dropout(gelu(x + bias))
///   x     [..., W], which nobody may use afterwards: its memory is used for what the backward pass
///         needs
///   bias  [W]
torch::Tensor GeluDropout(torch::Tensor x, const torch::Tensor& bias, double dropout);

/// x + dropout(y + bias)
///   x     [..., W]
///   y     as x, which nobody may use afterwards: the sum takes its memory
///   bias  [W]
torch::Tensor AddDropped(const torch::Tensor& x, torch::Tensor y, const torch::Tensor& bias,
                         double dropout);

}  // namespace sweepformer::model
