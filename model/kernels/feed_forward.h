#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// What an encoder layer does beside products of matrices, each in one pass over memory. The masks
/// are drawn by rows (DropoutMaskOfRows). bias may be undefined. HasKernels says of what the
/// kernels are made for; the rest goes through LibTorch's operators.

/// dropout(gelu(x + bias)) with the exact GELU of Hendrycks and Gimpel 2016 (arXiv:1606.08415).
///   x     [..., W], which nobody may use afterwards: its memory is used for what the backward pass
///         needs. Of bfloat16 on the CPU too (NarrowLinearProduct): it is computed in float32, and
///         the result, its derivative and the gradient are rounded to bfloat16
///   bias  [W], float32 then
torch::Tensor GeluDropout(torch::Tensor x, const torch::Tensor& bias, double dropout);

/// x + dropout(y + bias)
///   x     [..., W]
///   y     as x, which nobody may use afterwards: the sum takes its memory
///   bias  [W]
torch::Tensor AddDropped(const torch::Tensor& x, torch::Tensor y, const torch::Tensor& bias,
                         double dropout);

}  // namespace sweepformer::model
