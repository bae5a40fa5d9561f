#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "orchestrator/core/split_mix.h"

namespace sweepformer::datasets {

/// What data sets draw from SplitMix64: the same on every machine, which the distributions and
/// std::shuffle of the standard library do not promise.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : bits_(seed) {}

  /// A generator of its own for the `index`-th part of what `seed` decides.
  static constexpr Random Of(std::uint64_t seed, std::uint64_t index) {
    constexpr std::uint64_t kStep = SplitMix64::kStep;
    return Random(Mix64(seed + kStep) ^ Mix64(index + 2 * kStep));
  }

  constexpr std::uint64_t Next() { return bits_.Next(); }

  /// Uniform in [0, n), without bias; n > 0.
  constexpr std::uint64_t Below(std::uint64_t n) {
    const std::uint64_t excess = (0 - n) % n;  // 2^64 mod n
    for (;;) {
      const std::uint64_t x = Next();
      if (x >= excess) return x % n;
    }
  }

  /// True in `percent` of 100 draws.
  constexpr bool Percent(std::uint64_t percent) { return Below(100) < percent; }

  /// Fisher–Yates, from the back.
  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  SplitMix64 bits_;
};

}  // namespace sweepformer::datasets
