#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace sweepformer::model {

/// projection · x for each sample, of what HasKernels (dropout.h) is true of; nothing is computed
/// for padding.
///   projection  [k, n], n >= T; its first T columns are used
///   x           [B, T, C]
///   lengths     tokens of each sample that count; empty: all
///   returns     [B, k, C]
torch::Tensor FastProjection(const torch::Tensor& projection, const torch::Tensor& x,
                             const std::vector<std::int64_t>& lengths);

}  // namespace sweepformer::model
