#include "model/kernels/norm_rows.h"

#include <cmath>

namespace sweepformer::model {
namespace {

using c10::BFloat16;

template <typename F>
SF_LANES Moments MomentsOf(const float* x, std::int64_t width, float epsilon) {
  const auto numbers = static_cast<float>(width);
  F sum{}, squares{};
  lanes::ForEachLanes<F>(width, [&]<typename L>(std::int64_t at, std::int64_t count) SF_INLINED {
    lanes::AddTo(sum, lanes::LoadUpTo<L>(x + at, count));
  });
  const float mean = lanes::Sum(sum) / numbers;
  lanes::ForEachLanes<F>(width, [&]<typename L>(std::int64_t at, std::int64_t count) SF_INLINED {
    L distance = lanes::LoadUpTo<L>(x + at, count) - mean;
    for (std::int64_t lane = count; lane < lanes::kLanesOf<L>; ++lane) distance[lane] = 0;
    lanes::AddTo(squares, distance * distance);
  });
  return {mean, 1.0F / std::sqrt(lanes::Sum(squares) / numbers + epsilon)};
}

template <typename F, typename Number>
SF_LANES void NormalizeRowsWith(Number* y, Moments* moments, const float* x,
                                const NormParameters& norm, const Rows& rows) {
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    const float* const in = x + row * rows.width;
    Number* const out = y + row * rows.width;
    const Moments of = MomentsOf<F>(in, rows.width, norm.epsilon);
    moments[row] = of;
    lanes::ForEachLanes<F>(
        rows.width, [&]<typename L>(std::int64_t at, std::int64_t count) SF_INLINED {
          const L normal = (lanes::LoadUpTo<L>(in + at, count) - of.mean) * of.scale;
          const L scaled = normal * lanes::LoadUpTo<L>(norm.weight + at, count);
          lanes::StoreUpTo<L>(out + at, scaled + lanes::LoadUpTo<L>(norm.bias + at, count), count);
        });
  }
}

/// With n = the normalised row and h = gradient · weight: scale · (h - mean(h) - n · mean(h n)).
template <typename F>
SF_LANES void NormGradientRowsWith(float* of_x, float* of_weight, float* of_bias,
                                   const float* gradient, const float* residual, const float* x,
                                   const Moments* moments, const NormParameters& norm,
                                   const Rows& rows) {
  const auto numbers = static_cast<float>(rows.width);
  for (std::int64_t row = rows.first; row < rows.last; ++row) {
    const std::int64_t begin = row * rows.width;
    const float* const in = x + begin;
    const float* const g = gradient + begin;
    const Moments of = moments[row];
    F sum{}, with_normal{};
    lanes::ForEachLanes<F>(
        rows.width, [&]<typename L>(std::int64_t at, std::int64_t count) SF_INLINED {
          const L normal = (lanes::LoadUpTo<L>(in + at, count) - of.mean) * of.scale,
                  here = lanes::LoadUpTo<L>(g + at, count);
          const L h = here * lanes::LoadUpTo<L>(norm.weight + at, count);  // zeros after the last
          lanes::AddTo(sum, h);
          lanes::AddTo(with_normal, h * normal);
          lanes::StoreUpTo<L>(of_weight + at,
                              lanes::LoadUpTo<L>(of_weight + at, count) + here * normal, count);
          lanes::StoreUpTo<L>(of_bias + at, lanes::LoadUpTo<L>(of_bias + at, count) + here, count);
        });
    const float mean = lanes::Sum(sum) / numbers, slope = lanes::Sum(with_normal) / numbers;
    lanes::ForEachLanes<F>(rows.width, [&]<typename L>(std::int64_t at,
                                                       std::int64_t count) SF_INLINED {
      const L normal = (lanes::LoadUpTo<L>(in + at, count) - of.mean) * of.scale;
      const L h = lanes::LoadUpTo<L>(g + at, count) * lanes::LoadUpTo<L>(norm.weight + at, count);
      L all = (h - mean - normal * slope) * of.scale;
      if (residual != nullptr) all += lanes::LoadUpTo<L>(residual + begin + at, count);
      lanes::StoreUpTo<L>(of_x + begin + at, all, count);
    });
  }
}

}  // namespace

SF_DEFINE_KERNEL(NormalizeRows,
                 (float* y, Moments* moments, const float* x, const NormParameters& norm,
                  const Rows& rows),
                 (y, moments, x, norm, rows))
SF_DEFINE_KERNEL(NormalizeRows,
                 (BFloat16 * y, Moments* moments, const float* x, const NormParameters& norm,
                  const Rows& rows),
                 (y, moments, x, norm, rows))
SF_DEFINE_KERNEL(NormGradientRows,
                 (float* of_x, float* of_weight, float* of_bias, const float* gradient,
                  const float* residual, const float* x, const Moments* moments,
                  const NormParameters& norm, const Rows& rows),
                 (of_x, of_weight, of_bias, gradient, residual, x, moments, norm, rows))

}  // namespace sweepformer::model
