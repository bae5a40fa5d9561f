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
///   type        float32, or bfloat16, to which all operands are rounded
///   returns     [B, k, C], float32
torch::Tensor FastProjection(const torch::Tensor& projection, const torch::Tensor& x,
                             const std::vector<std::int64_t>& lengths,
                             torch::ScalarType type = torch::kFloat);

}  // namespace sweepformer::model
