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

/// 32 · kLanes random bits twice: Threefry-2x32 with 13 rounds (Salmon et al. 2011, "Parallel
/// random numbers: as easy as 1, 2, 3", table 2) of the counters kLanes · group + lane, keyed by
/// the seed.
struct RandomWords {
  Words first, second;
};

template <int kRotation>
SF_LANES void ThreefryRound(Words& a, Words& b) {
  a += b;
  b = ((b << kRotation) | (b >> (32 - kRotation))) ^ a;
}

SF_LANES RandomWords Threefry(std::uint64_t seed, std::uint64_t group) {
  const auto key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  const std::uint32_t key2 = 0x1BD11BDA ^ key0 ^ key1;
  const std::uint64_t counter = group * kLanes;
  constexpr Words kLane = {0, 1, 2, 3, 4, 5, 6, 7};
  Words a = kLane + (static_cast<std::uint32_t>(counter) + key0);
  Words b = Words{} + (static_cast<std::uint32_t>(counter >> 32) + key1);
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

/// What the numbers of a group are multiplied by: the low and the high halves of the first words,
/// then those of the second.
struct Factors {
  Floats of[4];
};

SF_LANES Floats FactorsOf(const Words& draws, const Mask& mask) {
  return std::bit_cast<Ints>(draws) < mask.dropped ? Floats{} : Floats{} + mask.kept;
}

SF_LANES Factors FactorsOf(const Mask& mask, std::uint64_t group) {
  const RandomWords words = Threefry(mask.seed, group);
  return {{FactorsOf(words.first & 0xFFFF, mask), FactorsOf(words.first >> 16, mask),
           FactorsOf(words.second & 0xFFFF, mask), FactorsOf(words.second >> 16, mask)}};
}

}  // namespace lanes
}  // namespace sweepformer::model
