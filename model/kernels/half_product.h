#pragma once

#include <torch/types.h>

namespace sweepformer::model {

/// Products on the CPU whose operands are rounded to bfloat16, forward and backward, and summed up
/// in float32 (gemm.h). Operands, results and gradients are float32; what was rounded is kept for
/// the backward pass, half as large. Differentiable once.

/// x Wᵀ + b, as torch.nn.functional.linear: x [..., in], W [out, in], b [out] or undefined;
/// float32.
torch::Tensor HalfLinear(const torch::Tensor& x, const torch::Tensor& weight,
                         const torch::Tensor& bias);

/// torch.matmul of a [..., m, k] and b [..., k, n], whose leading dimensions broadcast.
torch::Tensor HalfProduct(const torch::Tensor& a, const torch::Tensor& b);

}  // namespace sweepformer::model
