#pragma once

#include <torch/types.h>

#include <cstdint>

namespace sweepformer::model {

/// What dropout multiplies by: 0 for a share `probability` of the numbers, 1 / (1 - probability)
/// for the others, in the shape and type of `like`. The same seed gives the same mask, so a
/// backward pass draws it again instead of keeping it. `probability` counts in steps of 1/65536.
torch::Tensor DropoutMask(double probability, std::uint64_t seed, const torch::Tensor& like);

/// A seed from torch's global generator: it follows the run's seed.
std::uint64_t NewMaskSeed();

}  // namespace sweepformer::model
