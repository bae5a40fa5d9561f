#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// x Wᵀ + b of what HasKernels (dropout.h) is true of, as torch.nn.functional.linear: x [..., in],
/// W [out, in], b [out] or undefined. By Gemm, but for W's gradient on one thread: by LibTorch.
torch::Tensor FastLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias);

}  // namespace sweepformer::model
