#pragma once

#include <cstdint>

namespace sweepformer::model {

/// What a step of AdamW (optimizer.h) multiplies by, the corrections for the moments' start at zero
/// included.
struct AdamRates {
  float shrink = 1;  ///< 1 - lr · weight decay
  float step = 0;
  float epsilon = 0;

  static constexpr float kBeta1 = 0.9F;
  static constexpr float kBeta2 = 0.999F;
};

/// Numbers that a step moves, each with its two moments.
struct AdamNumbers {
  float* values;
  float* means;
  float* squares;
  std::int64_t size;
};

/// One step, in one pass over memory; the gradient counts `scale` times.
void AdamStep(const AdamRates& rates, const AdamNumbers& numbers, const float* gradient,
              float scale);

}  // namespace sweepformer::model
