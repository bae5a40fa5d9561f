#include "model/kernels/adamw.h"

#include <cmath>

#include "model/kernels/lanes.h"

namespace sweepformer::model {

SF_KERNEL void AdamStep(const AdamRates& rates, const AdamNumbers& numbers, const float* gradient,
                        float scale) {
  constexpr float kToMean = 0.1F, kToSquare = 0.001F;  // 1 - beta1 and 1 - beta2
  const AdamRates now = rates;
  float* __restrict const values = numbers.values;
  float* __restrict const means = numbers.means;
  float* __restrict const squares = numbers.squares;
  for (std::int64_t i = 0; i < numbers.size; ++i) {
    const float g = gradient[i] * scale;
    means[i] += (g - means[i]) * kToMean;
    squares[i] = squares[i] * AdamRates::kBeta2 + g * g * kToSquare;
    values[i] =
        values[i] * now.shrink - now.step * (means[i] / (std::sqrt(squares[i]) + now.epsilon));
  }
}

}  // namespace sweepformer::model
