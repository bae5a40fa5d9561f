#pragma once

#include <cstdint>

#include "orchestrator/core/split_mix.h"

namespace sweepformer {

/// What resampling and simulation draw from SplitMix64: the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : bits_(seed) {}

  /// 64 fair bits.
  std::uint64_t Bits() { return bits_.Next(); }

  /// Uniform among 0 .. n - 1, to within n / 2^32. n is 1 or more.
  std::uint32_t Below(std::uint32_t n) {
    return static_cast<std::uint32_t>((Bits() >> 32) * n >> 32);
  }

  /// Uniform and strictly between 0 and 1.
  double Unit() { return (static_cast<double>(Bits() >> 12) + 0.5) * 0x1p-52; }

 private:
  SplitMix64 bits_;
};

}  // namespace sweepformer
