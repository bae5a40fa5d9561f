#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// Products on the CPU whose operands are rounded to bfloat16, forward and backward, and summed up
/// in float32 (gemm.h). Operands are float32 or bfloat16; gradients are of their types. They keep
/// for the backward pass what they rounded, half as large. Differentiable once.

/// x Wᵀ + b, as torch.nn.functional.linear: x [..., in], W [out, in], b [out] or undefined;
/// float32.
torch::Tensor HalfLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias);

/// torch.matmul of a [..., m, k] and b [..., k, n], whose leading dimensions broadcast; float32.
torch::Tensor HalfProduct(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace sweepformer::model
