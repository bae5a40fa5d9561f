#pragma once

#include <cstdint>

#include "model/kernels/mask.h"

namespace sweepformer::model {

/// Some rows of scores in memory, `stride` numbers apart, a multiple of lanes::kLanes; the first
/// `keys` of each are real. What lies behind them is set to weights of zero.
struct ScoreRows {
  std::int64_t rows, keys, stride;
  std::uint64_t first_group;     ///< of the mask, of the first row
  std::uint64_t groups_per_row;  ///< of the mask
};

/// Replaces scores by their softmax; into `dropped` (which may be `scores`) goes that · mask.
void SoftmaxRows(float* scores, float* dropped, const ScoreRows& shape, const Mask& mask);

/// The gradient of the scores, in place of `gradient`, that of dropped weights:
///   dropped · gradient - weights · Σ(dropped · gradient)
void SoftmaxGradientRows(float* gradient, const float* weights, const float* dropped,
                         const ScoreRows& shape);

}  // namespace sweepformer::model
