#include "model/kernels/softmax.h"

#include <limits>

namespace sweepformer::model {

using lanes::Floats;
using lanes::kLanes;
using lanes::kMaskGroup;

SF_KERNEL void SoftmaxRows(float* scores, float* dropped, const ScoreRows& shape,
                           const Mask& mask) {
  constexpr float kLowest = -std::numeric_limits<float>::infinity();
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    float* const p = scores + row * shape.stride;
    float* const d = dropped + row * shape.stride;
    for (std::int64_t key = shape.keys; key < shape.stride; ++key) p[key] = kLowest;
    Floats largest = lanes::Load(p);
    for (std::int64_t key = kLanes; key < shape.stride; key += kLanes) {
      largest = lanes::Larger(largest, lanes::Load(p + key));
    }
    const float shift = lanes::Max(largest);
    Floats sum{};
    for (std::int64_t key = 0; key < shape.stride; key += kLanes) {
      const Floats e = lanes::Exp(lanes::Load(p + key) - shift);
      lanes::Store(p + key, e);
      sum += e;
    }
    const float scale = 1.0F / lanes::Sum(sum);
    if (!mask.drops()) {
      for (std::int64_t key = 0; key < shape.stride; key += kLanes) {
        const Floats weight = lanes::Load(p + key) * scale;
        lanes::Store(p + key, weight);
        if (d != p) lanes::Store(d + key, weight);
      }
      continue;
    }
    std::uint64_t group =
        shape.first_group + static_cast<std::uint64_t>(row) * shape.groups_per_row;
    for (std::int64_t key = 0; key < shape.stride; ++group) {
      const lanes::Factors factors = lanes::FactorsOf(mask, group);
      for (std::int64_t part = 0; part < 4 && key < shape.stride; ++part, key += kLanes) {
        const Floats weight = lanes::Load(p + key) * scale;
        lanes::Store(p + key, weight);
        lanes::Store(d + key, weight * factors.of[part]);
      }
    }
  }
}

SF_KERNEL void SoftmaxGradientRows(float* gradient, const float* weights, const float* dropped,
                                   const ScoreRows& shape) {
  for (std::int64_t row = 0; row < shape.rows; ++row) {
    float* const g = gradient + row * shape.stride;
    const float* const p = weights + row * shape.stride;
    const float* const d = dropped + row * shape.stride;
    Floats sum{};
    for (std::int64_t key = shape.keys; key < shape.stride; ++key) g[key] = 0;
    for (std::int64_t key = 0; key < shape.stride; key += kLanes) {
      const Floats product = lanes::Load(d + key) * lanes::Load(g + key);
      lanes::Store(g + key, product);
      sum += product;
    }
    const float mean = lanes::Sum(sum);
    for (std::int64_t key = 0; key < shape.stride; key += kLanes) {
      lanes::Store(g + key, lanes::Load(g + key) - lanes::Load(p + key) * mean);
    }
  }
}

}  // namespace sweepformer::model
