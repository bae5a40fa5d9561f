#pragma once

#include <torch/types.h>

namespace sweepformer::model {

// What stands between the products of an encoder layer, each in one pass over memory; of what
// HasKernels (dropout.h) is not true of, by LibTorch's operators. The masks are drawn by rows
// (DropoutMaskOfRows). A bias may be undefined.

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
