#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "model/kernels/lanes.h"

namespace sweepformer::model {

/// What dropout multiplies by: 0 for a share of the numbers, 1 / (1 - share) for the others. Which
/// ones, follows from the seed and the place of a number alone, so masks are not kept: the backward
/// pass draws them again.
struct Mask {
  Mask(double probability, std::uint64_t drawn_from)
      : seed(drawn_from),
        dropped(static_cast<std::int32_t>(std::llround(probability * kSteps))),
        kept(static_cast<float>(1.0 / (1.0 - static_cast<double>(dropped) / kSteps))) {}

  static constexpr double kSteps = 1 << 16;  ///< that a probability counts in

  std::uint64_t seed;
  std::int32_t dropped;  ///< of kSteps
  float kept;            ///< what the others are multiplied by

  bool drops() const { return dropped > 0; }
};

namespace lanes {

/// Numbers whose part of a mask is drawn at once.
inline constexpr std::int64_t kMaskGroup = 4 * kLanes;

/// Groups that cover so many numbers.
constexpr std::int64_t MaskGroups(std::int64_t numbers) {
  return (numbers + kMaskGroup - 1) / kMaskGroup;
}

/// 32 random bits of each lane twice: Threefry-2x32 with 13 rounds (Salmon et al. 2011, "Parallel
/// random numbers: as easy as 1, 2, 3", table 2) of the counters kLanes · group + lane, keyed by
/// the seed. Of 16 lanes the upper ones are those of the next group.
template <typename W>
struct RandomWords {
  W first, second;
};

template <int kRotation, typename W>
SF_LANES void ThreefryRound(W& a, W& b) {
  a += b;
  b = ((b << kRotation) | (b >> (32 - kRotation))) ^ a;
}

template <typename W>
SF_LANES W LaneNumbers() {
  if constexpr (sizeof(W) == sizeof(Words)) {
    return W{0, 1, 2, 3, 4, 5, 6, 7};
  } else {
    return W{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  }
}

template <typename W>
SF_LANES RandomWords<W> Threefry(std::uint64_t seed, std::uint64_t group) {
  const auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  const std::uint32_t key2 = 0x1BD11BDA ^ key0 ^ key1;
  const std::uint64_t counter = group * kLanes;
  const auto low = static_cast<std::uint32_t>(counter);
  const W lows = LaneNumbers<W>() + low;
  W a = lows + key0;
  W b = W{} + (static_cast<std::uint32_t>(counter >> 32) + key1);
  if constexpr (sizeof(W) > sizeof(Words)) b -= std::bit_cast<W>(lows < W{} + low);  // carries
  ThreefryRound<13>(a, b), ThreefryRound<15>(a, b), ThreefryRound<26>(a, b), ThreefryRound<6>(a, b);
  a += key1, b += key2 + 1;
  ThreefryRound<17>(a, b), ThreefryRound<29>(a, b), ThreefryRound<16>(a, b);
  ThreefryRound<24>(a, b);
  a += key2, b += key0 + 2;
  ThreefryRound<13>(a, b), ThreefryRound<15>(a, b), ThreefryRound<26>(a, b), ThreefryRound<6>(a, b);
  a += key0, b += key1 + 3;
  ThreefryRound<17>(a, b);
  return {a, b};
}

/// What numbers are multiplied by: of a group the low and the high halves of the first words, then
/// those of the second. Of wide lanes: of two groups, one after the other.
template <typename F>
struct Factors {
  F of[4];
};

template <typename F, typename W>
SF_LANES F FactorsOfDraws(const W& draws, const Mask& mask) {
  using I = decltype(F{} < F{});
  return std::bit_cast<I>(draws) < mask.dropped ? F{} : F{} + mask.kept;
}

template <typename F>
SF_LANES Factors<F> FactorsOf(const Mask& mask, std::uint64_t group) {
  constexpr bool kWide = sizeof(F) > sizeof(Floats);
  using W = std::conditional_t<kWide, WideWords, Words>;
  const RandomWords<W> words = Threefry<W>(mask.seed, group);
  const F a = FactorsOfDraws<F>(words.first & 0xFFFF, mask),
          b = FactorsOfDraws<F>(words.first >> 16, mask),
          c = FactorsOfDraws<F>(words.second & 0xFFFF, mask),
          d = FactorsOfDraws<F>(words.second >> 16, mask);
  if constexpr (kWide) {
    return {{Joined(Low(a), Low(b)), Joined(Low(c), Low(d)), Joined(High(a), High(b)),
             Joined(High(c), High(d))}};
  } else {
    return {{a, b, c, d}};
  }
}

/// Calls work(first, factors, count) for numbers side by side whose mask begins with `group`, as
/// ForEachLanes does.
template <typename F, typename Work>
SF_LANES void ForEachMasked(const Mask& mask, std::uint64_t group, std::int64_t numbers,
                            const Work& work) {
  constexpr std::int64_t kAtOnce = 4 * kLanesOf<F>;
  std::int64_t at = 0;
  for (; at + kAtOnce <= numbers; at += kAtOnce, group += kAtOnce / kMaskGroup) {
    const Factors<F> factors = FactorsOf<F>(mask, group);
    for (std::int64_t part = 0; part < 4; ++part) {
      work.template operator()<F>(at + part * kLanesOf<F>, factors.of[part], kLanesOf<F>);
    }
  }
  for (; at < numbers; ++group) {
    const Factors<Floats> factors = FactorsOf<Floats>(mask, group);
    for (std::int64_t part = 0; part < 4 && at < numbers; ++part, at += kLanes) {
      const std::int64_t left = numbers - at;
      work.template operator()<Floats>(at, factors.of[part], left < kLanes ? left : kLanes);
    }
  }
}

}  // namespace lanes
}  // namespace sweepformer::model
