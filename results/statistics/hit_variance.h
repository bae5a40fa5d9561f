#pragma once

#include <span>

#include "results/statistics/hit_bits.h"

namespace sweepformer {

/// How much paired hits differ from seed to seed and from item to item: an analysis of variance of
/// which arm is right (1, 0 or -1), seed by item, one verdict to each.
struct HitVariance {
  double of_seeds = 0;  ///< of the mean difference, through the choice of seeds
  double of_items = 0;  ///< the same through the choice of items, without the verdicts' own luck

  /// The share of the differences between items that is not the luck of single verdicts, which
  /// of_seeds holds already. 0 to 1.
  double true_item_share = 0;
};

/// Unbiased, but for a negative of_items, which counts as 0 (Cornfield, Tukey 1956: both factors
/// are random). a[i] and b[i] are of the same seed; two or more of both seeds and items. O(seeds²
/// items).
HitVariance HitVarianceOf(std::span<const HitBits> a, std::span<const HitBits> b);

}  // namespace sweepformer
