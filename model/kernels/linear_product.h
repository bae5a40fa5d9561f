#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// x Wᵀ + b of what HasKernels (dropout.h) is true of, as torch.nn.functional.linear: x [..., in],
/// W [out, in], b [out] or undefined. Forward and for x's gradient by Gemm, for W's by LibTorch,
/// whose BLAS is the faster one where the sum is long.
torch::Tensor FastLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias);

}  // namespace sweepformer::model
