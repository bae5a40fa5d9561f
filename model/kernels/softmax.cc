#include "model/kernels/softmax.h"

#include <limits>

namespace sweepformer::model {
namespace {

constexpr float kLowest = -std::numeric_limits<float>::infinity();

template <typename F>
SF_LANES float LargestOf(const float* p, std::int64_t count) {
  F largest = F{} + kLowest;
  lanes::ForEachLanes<F>(count, [&]<typename L>(std::int64_t at, std::int64_t) SF_INLINED {
    lanes::RaiseTo(largest, lanes::Load<L>(p + at));
  });
  return lanes::Max(largest);
}

/// Replaces the numbers of a row by e to the power of each - shift; returns their sum.
template <typename F>
SF_LANES float Exponentials(float* p, std::int64_t count, float shift) {
  F sum{};
  lanes::ForEachLanes<F>(count, [&]<typename L>(std::int64_t at, std::int64_t) SF_INLINED {
    const L e = lanes::Exp<L>(lanes::Load<L>(p + at) - shift);
    lanes::Store(p + at, e);
    lanes::AddTo(sum, e);
  });
  return lanes::Sum(sum);
}

template <typename F>
SF_LANES void SoftmaxRowsWith(float* scores, float* dropped, const ScoreRows& shape,
                              const Mask& mask) {
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    float* const p = scores + row * shape.stride;
    float* const d = dropped + row * shape.stride;
    for (std::int64_t key = shape.keys; key < shape.stride; ++key) p[key] = kLowest;
    const float scale = 1.0F / Exponentials<F>(p, shape.stride, LargestOf<F>(p, shape.stride));
    if (!mask.drops()) {
      lanes::ForEachLanes<F>(shape.stride,
                             [&]<typename L>(std::int64_t key, std::int64_t) SF_INLINED {
                               const L weight = lanes::Load<L>(p + key) * scale;
                               lanes::Store(p + key, weight);
                               if (d != p) lanes::Store(d + key, weight);
                             });
      continue;
    }
    const std::uint64_t group =
        shape.first_group + static_cast<std::uint64_t>(row) * shape.groups_per_row;
    lanes::ForEachMasked<F>(mask, group, shape.stride,
                            [&]<typename L>(std::int64_t key, const L& factors, std::int64_t)
                                SF_INLINED {
                                  const L weight = lanes::Load<L>(p + key) * scale;
                                  lanes::Store(p + key, weight);
                                  lanes::Store(d + key, weight * factors);
                                });
  }
}

template <typename F>
SF_LANES void SoftmaxGradientRowsWith(float* gradient, const float* weights, const float* dropped,
                                      const ScoreRows& shape) {
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    float* const g = gradient + row * shape.stride;
    const float* const p = weights + row * shape.stride;
    const float* const d = dropped + row * shape.stride;
    F sum{};
    for (std::int64_t key = shape.keys; key < shape.stride; ++key) g[key] = 0;
    lanes::ForEachLanes<F>(shape.stride,
                           [&]<typename L>(std::int64_t key, std::int64_t) SF_INLINED {
                             const L product = lanes::Load<L>(d + key) * lanes::Load<L>(g + key);
                             lanes::Store(g + key, product);
                             lanes::AddTo(sum, product);
                           });
    const float mean = lanes::Sum(sum);
    lanes::ForEachLanes<F>(shape.stride,
                           [&]<typename L>(std::int64_t key, std::int64_t) SF_INLINED {
                             const L product = lanes::Load<L>(p + key) * mean;
                             lanes::Store(g + key, lanes::Load<L>(g + key) - product);
                           });
  }
}

}  // namespace

SF_DEFINE_KERNEL(SoftmaxRows,
                 (float* scores, float* dropped, const ScoreRows& shape, const Mask& mask),
                 (scores, dropped, shape, mask))
SF_DEFINE_KERNEL(SoftmaxGradientRows,
                 (float* gradient, const float* weights, const float* dropped,
                  const ScoreRows& shape),
                 (gradient, weights, dropped, shape))

}  // namespace sweepformer::model
