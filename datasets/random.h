#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace sweepformer::datasets {

/// The finalizer of SplitMix64: a fixed bijection on 64 bits whose output bits all depend on all
/// input bits. Stored results depend on it; never change it.
constexpr std::uint64_t Mix64(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
/// The same numbers on every machine, which the distributions and std::shuffle of the standard
/// library do not promise.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

  /// A generator of its own for the `index`-th part of what `seed` decides.
  static constexpr Random Of(std::uint64_t seed, std::uint64_t index) {
    return Random(Mix64(seed + kStep) ^ Mix64(index + 2 * kStep));
  }

  constexpr std::uint64_t Next() { return Mix64(state_ += kStep); }

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
  static constexpr std::uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  std::uint64_t state_;
};

}  // namespace sweepformer::datasets
