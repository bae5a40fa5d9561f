#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

namespace sweepformer::model {

struct ProjectedTokens {
  torch::Tensor slots;  ///< [B, k + k', C], float32
  torch::Tensor sums;   ///< [B, k + k'], what the weights of a slot add up to over the tokens
};

/// A matrix, or two one below the other, times each sample, of what HasKernels (dropout.h) is true
/// of; nothing is computed for padding. Of two, x is kept once, and has one gradient.
///   x        [B, T, C]
///   first    [k, n], n >= T; its first T columns are used
///   second   likewise [k', n], or undefined
///   lengths  tokens of each sample that count; empty: all
///   type     float32, or bfloat16, to which all operands of slots are rounded
ProjectedTokens FastProjection(const torch::Tensor& x, const torch::Tensor& first,
                               const torch::Tensor& second,
                               const std::vector<std::int64_t>& lengths,
                               torch::ScalarType type = torch::kFloat);

}  // namespace sweepformer::model
