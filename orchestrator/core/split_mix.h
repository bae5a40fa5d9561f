#pragma once

#include <cstdint>

namespace sweepformer {

/// The finalizer of SplitMix64: a fixed bijection on 64 bits whose output bits all depend on all
/// input bits. Stored results depend on it; never change it.
constexpr std::uint64_t Mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// The same numbers on every machine, which the standard library does not promise of its
/// distributions. Not for secrets.
class SplitMix64 {
 public:
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;

  explicit constexpr SplitMix64(std::uint64_t seed) : state_(seed) {}

  /// 64 fair bits.
  constexpr std::uint64_t Next() { return Mix64(state_ += kStep); }

 private:
  std::uint64_t state_;
};

}  // namespace sweepformer
