#pragma once

#include <c10/util/BFloat16.h>

#include "model/kernels/rows.h"

namespace sweepformer::model {

struct NormParameters {
  const float *weight, *bias;  ///< by column
  float epsilon;
};

/// What the backward pass needs of a row: its mean and 1 / √(variance + ε).
struct Moments {
  float mean, scale;
};

/// Into y the rows of x normalised, times weight, plus bias, and into `moments` theirs.
void NormalizeRows(float* y, Moments* moments, const float* x, const NormParameters& norm,
                   const Rows& rows);
void NormalizeRows(c10::BFloat16* y, Moments* moments, const float* x, const NormParameters& norm,
                   const Rows& rows);

/// Into of_x the gradient of x, plus `residual`, that of x as a term of a sum, if it is not null;
/// those of weight and bias are added to theirs.
void NormGradientRows(float* of_x, float* of_weight, float* of_bias, const float* gradient,
                      const float* residual, const float* x, const Moments* moments,
                      const NormParameters& norm, const Rows& rows);

}  // namespace sweepformer::model
