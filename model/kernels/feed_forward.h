#pragma once

#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

namespace sweepformer::model {

struct FeedForwardWeights {
  torch::Tensor inner, inner_bias;  ///< [F, C], [F]
  torch::Tensor outer, outer_bias;  ///< [C, F], [C]
};

/// x + dropout(dropout(gelu(z innerᵀ + inner_bias)) outerᵀ + outer_bias) with z = norm(x), or x
/// without a norm, of what HasKernels (dropout.h) is true of; with masks by rows
/// (DropoutMaskOfRows) and the exact GELU of Hendrycks and Gimpel 2016 (arXiv:1606.08415). Computed
/// in blocks of rows that stay in the cache from the norm to the sum, and back: z and the gradients
/// of it and of the inner numbers are never there as a whole. Differentiable once.
///   x     [..., C]
///   type  of the operands of products, float32 or bfloat16; then the inner numbers and their
///         gradient are rounded to it too, and computed with as float32
torch::Tensor FeedForward(const torch::Tensor& x, const torch::nn::LayerNorm& norm,
                          const FeedForwardWeights& weights, double dropout,
                          torch::ScalarType type);

/// Numbers of what it holds of one block of rows, in its backward pass.
std::int64_t FeedForwardBlockNumbers(std::int64_t rows, std::int64_t width, std::int64_t inner);

}  // namespace sweepformer::model
