#pragma once

#include <optional>
#include <span>

#include "results/statistics/hit_bits.h"
#include "results/statistics/intervals.h"

namespace sweepformer {

/// How much more a gets right than b, were both the seeds and the test items drawn anew.
struct TwoLevelComparison {
  double difference = 0;  ///< of the shares of items that are right, averaged over the seeds
  Interval interval;
  double p = 1;  ///< at least 1 / replicates
  int replicates = 0;
};

/// The least number of seeds for which CompareHits at 95 % holds what it says (STATISTICS.md).
inline constexpr int kSmallestTwoLevel = 5;

/// Two-level bootstrap of paired hits: a[i] and b[i] are of the same seed, all of the same items
/// (after the multibootstrap of Sellam et al. 2022, arXiv:2106.16163). Seeds are resampled with
/// replacement; items by doubling half of them and leaving out the others (double-or-nothing: Owen,
/// Eckles 2012). Deviation from both: the two are added, each with its unbiased variance
/// (HitVarianceOf), since resampling seeds and items at once counts the luck of single verdicts
/// three times. The percentiles are taken as far out as few seeds ask for (expanded percentiles:
/// Hesterberg 2015, arXiv:1411.5279), and p is read on the same scale.
/// The same data give the same result on every machine. None if the numbers of seeds or of items
/// differ, for fewer than two items, and for so few seeds that the replicates do not reach that far
/// out.
std::optional<TwoLevelComparison> CompareHits(std::span<const HitBits> a,
                                              std::span<const HitBits> b, double level = 0.95);

}  // namespace sweepformer
