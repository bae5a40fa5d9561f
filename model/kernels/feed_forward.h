#pragma once

#include <torch/nn/modules/normalization.h>
#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

struct FeedForwardWeights {
  torch::Tensor inner, inner_bias;  ///< [F, C], [F]
  torch::Tensor outer, outer_bias;  ///< [C, F], [C]
};

/// x + dropout(dropout(gelu(z innerᵀ + inner_bias)) outerᵀ + outer_bias), with z = norm(x), with
/// the exact GELU of Hendrycks and Gimpel 2016 (arXiv:1606.08415) and masks by rows
/// (DropoutMaskOfRows). Computed in blocks of rows that stay in the cache from the norm to the sum,
/// and back: z and the gradients of z and of the inner numbers are never there as a whole.
/// Differentiable once.
///   x     [..., C], of which HasKernels (dropout.h) is true
///   norm  over C, with weight and bias; null: z = x
///   type  of the operands of products, float32 or bfloat16; then the inner numbers and their
///         gradient are rounded to it too, and computed with as float32
torch::Tensor FeedForward(const torch::Tensor& x, const torch::nn::LayerNorm& norm,
                          const FeedForwardWeights& weights, double dropout,
                          torch::ScalarType type);

/// Inner numbers of a block for each thread: as many as stay in the cache of the core that computes
/// them, but of kRowStep rows (gemm.h) or a multiple of it.
inline constexpr std::int64_t kFeedForwardInnerNumbers = 1 << 19;

/// Float32 numbers of the block that its backward pass holds, of so many rows of x with a norm, on
/// as many threads as LibTorch computes on.
std::int64_t FeedForwardBlockNumbers(std::int64_t rows, std::int64_t width, std::int64_t inner);

}  // namespace sweepformer::model
