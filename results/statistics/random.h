#pragma once

#include <cstdint>

namespace sweepformer {

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine, which the standard does
/// not promise of its distributions. For resampling and simulation, not for secrets.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  /// 64 fair bits.
  std::uint64_t Bits() {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }

  /// Uniform among 0 .. n - 1, to within n / 2^32. n is 1 or more.
  std::uint32_t Below(std::uint32_t n) {
    return static_cast<std::uint32_t>((Bits() >> 32) * n >> 32);
  }

  /// Uniform and strictly between 0 and 1.
  double Unit() { return (static_cast<double>(Bits() >> 12) + 0.5) * 0x1p-52; }

 private:
  std::uint64_t state_;
};

}  // namespace sweepformer
