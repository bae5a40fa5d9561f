#pragma once

#include <optional>
#include <span>

#include "results/statistics/intervals.h"

namespace sweepformer {

/// What two samples without common seeds say.
struct UnpairedComparison {
  double difference = 0;     ///< mean of a - mean of b
  std::optional<double> df;  ///< Welch and Satterthwaite's; none where neither varies
  bool spreadless = false;   ///< several a side, neither varies but for rounding, and they differ
  std::optional<Interval> interval;         ///< none without a deviation of both, and if spreadless
  std::optional<double> p_welch;            ///< as interval
  double probability_of_improvement = 0.5;  ///< P(a > b) + P(a = b) / 2 (Mann, Whitney)
};

/// Welch's t-test (Welch 1947): the samples may vary differently. None if either is empty or
/// infinities leave no difference. Of samples that do not vary Welch can say nothing; regrouping
/// can, whose p is then SmallestPermutationP(n, m). O(n log n).
std::optional<UnpairedComparison> CompareUnpaired(std::span<const double> a,
                                                  std::span<const double> b, double level = 0.95);

/// The least two-sided p that regrouping n + m values can give: 1 / C(n + m, n), and twice that
/// where swapping the samples mirrors every regrouping (n = m). 1 if either is 0.
double SmallestPermutationP(int n, int m);

}  // namespace sweepformer
