#pragma once

#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

/// Whether the kernels of this folder compute with x: float32 on the CPU. What they are not made
/// for, LibTorch's operators do, with the same masks and the same results within rounding.
bool HasKernels(const torch::Tensor& x);

/// x with a share of `probability` of its numbers set to zero and the others divided by
/// 1 - probability; x itself if the probability is 0. Draws a seed (NewMaskSeed) and keeps nothing
/// else for the backward pass. The probability counts in steps of 1/65536.
torch::Tensor Dropout(const torch::Tensor& x, double probability);

/// What Dropout multiplies by, in the shape and type of `like`.
torch::Tensor DropoutMask(double probability, std::uint64_t seed, const torch::Tensor& like);

/// Likewise of a mask each row of which (along the last dimension) begins a new group (mask.h):
/// `like` has the rows from `first_row` on.
torch::Tensor DropoutMaskOfRows(double probability, std::uint64_t seed, const torch::Tensor& like,
                                std::int64_t first_row = 0);

/// A seed from torch's global generator: it follows the run's seed. 0, and nothing drawn, if the
/// probability is.
std::uint64_t NewMaskSeed(double probability);

}  // namespace sweepformer::model
