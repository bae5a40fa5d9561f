#pragma once

#include <cstdint>

#include "results/statistics/hit_bits.h"

namespace sweepformer {

/// Two single runs on the same test items. What both or neither got right says nothing.
struct McNemar {
  std::int64_t only_a = 0;  ///< items that only a got right
  std::int64_t only_b = 0;
  double p = 1;  ///< that they differ by more than the choice of items
};

/// Of the two runs alone: another seed of the same designs may say otherwise. Both have equally
/// many items.
McNemar CompareHitBits(const HitBits& a, const HitBits& b);

/// Exact two-sided p (McNemar 1947) of `only_a` against `only_b` where each item is a fair coin's
/// toss. 1 where there are none.
double McNemarExactP(std::int64_t only_a, std::int64_t only_b);

}  // namespace sweepformer
