#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace sweepformer::model {

/// Some rows of x [N, width], what normalises them, and what its weights are.
struct NormRows {
  std::int64_t first, last, width;
  const float* x;
  const float *weight, *bias;  ///< [width]
  float epsilon;
};

/// What the backward pass needs of a row: its mean and 1 / √(variance + ε).
struct Moments {
  float mean, scale;
};

/// Into y [N, width] the normalised rows, times weight, plus bias, and into `moments` [N] theirs.
void NormalizeRows(float* y, Moments* moments, const NormRows& rows);
void NormalizeRows(c10::BFloat16* y, Moments* moments, const NormRows& rows);

/// Into of_x the gradient of x, plus `more` [N, width] if that is not null; those of weight and
/// bias are added to theirs. of_x may be `gradient` or `more`.
void NormGradientRows(float* of_x, float* of_weight, float* of_bias, const float* gradient,
                      const Moments* moments, const float* more, const NormRows& rows);

}  // namespace sweepformer::model
