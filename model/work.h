#pragma once

#include <cstdint>

namespace sweepformer::model {

/// What a computation takes, as a closed form (references.md 5.10). With the rates of a machine
/// (machine_rates.h) it bounds the time from below; what a run takes over that is engineering, not
/// design.
struct Work {
  double flops = 0;         ///< of matrix products; a multiplication and its addition are two
  double bytes = 0;         ///< each tensor between them once written and once read, float32
  double frozen_flops = 0;  ///< of flops, once for each factor whose gradient nobody needs

  Work& operator+=(const Work& other) {
    flops += other.flops;
    bytes += other.bytes;
    frozen_flops += other.frozen_flops;
    return *this;
  }
  friend Work operator+(Work a, const Work& b) { return a += b; }
  friend Work operator*(double times, const Work& work) {
    return {times * work.flops, times * work.bytes, times * work.frozen_flops};
  }
};

/// [rows, inner] · [inner, columns], the result written and read.
inline Work ProductWork(std::int64_t rows, std::int64_t inner, std::int64_t columns) {
  const auto numbers = static_cast<double>(rows) * static_cast<double>(columns);
  return {2.0 * numbers * static_cast<double>(inner), 8.0 * numbers};
}

/// `numbers` computed element by element, written and read.
inline Work ElementWork(double numbers) { return {0, 8.0 * numbers}; }

/// The two products of attention for all heads of T queries that see S keys each: 4·T·S·C flops.
/// Scores and weights, H·T·S each, pass through memory where the design holds them whole.
inline Work AttentionWork(std::int64_t tokens, std::int64_t keys, std::int64_t width,
                          std::int64_t heads, bool scores_in_memory) {
  const auto pairs = static_cast<double>(tokens) * static_cast<double>(keys);
  const Work scores = ElementWork(2.0 * pairs * static_cast<double>(heads));
  const Work mixed = ElementWork(static_cast<double>(tokens) * static_cast<double>(width));
  const Work products = {4.0 * pairs * static_cast<double>(width), 0};
  return products + mixed + (scores_in_memory ? scores : Work{});
}

/// Forward and backward: the gradients of both factors of a product are a product each, unless the
/// factor is frozen.
inline Work TrainingWork(const Work& forward) {
  return {3.0 * forward.flops - forward.frozen_flops, 3.0 * forward.bytes};
}

/// A step of AdamW: weight, gradient and both moments read, three of them written; the gradient
/// cleared before and read for clipping.
inline Work OptimizerWork(std::int64_t parameters) {
  return {0, 9.0 * 4.0 * static_cast<double>(parameters)};
}

}  // namespace sweepformer::model
