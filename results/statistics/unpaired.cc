#include "results/statistics/unpaired.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sweepformer {
namespace {

/// Pairs in which a wins count 2, ties 1.
double ProbabilityOfImprovement(std::span<const double> a, std::span<const double> b) {
  std::vector<double> sorted(b.begin(), b.end());
  std::sort(sorted.begin(), sorted.end());
  std::ptrdiff_t points = 0;
  for (const double value : a) {
    const auto [below, above] = std::equal_range(sorted.begin(), sorted.end(), value);
    points += (below - sorted.begin()) + (above - sorted.begin());
  }
  return static_cast<double>(points) / 2 / static_cast<double>(a.size()) /
         static_cast<double>(b.size());
}

double ErrorOf(const Spread& spread) { return *spread.sd / std::sqrt(spread.n); }

/// Satterthwaite's degrees of freedom of two errors that make up `error`, which is not 0.
double DegreesOfFreedom(const Spread& a, const Spread& b, double error) {
  const double share_a = std::pow(ErrorOf(a) / error, 4);
  const double share_b = std::pow(ErrorOf(b) / error, 4);
  return 1 / (share_a / (a.n - 1) + share_b / (b.n - 1));
}

}  // namespace

std::optional<UnpairedComparison> CompareUnpaired(std::span<const double> a,
                                                  std::span<const double> b, double level) {
  const Spread of_a = SpreadOf(a);
  const Spread of_b = SpreadOf(b);
  if (!of_a.mean || !of_b.mean || std::isnan(*of_a.mean - *of_b.mean)) return {};
  UnpairedComparison comparison;
  comparison.difference = *of_a.mean - *of_b.mean;
  comparison.probability_of_improvement = ProbabilityOfImprovement(a, b);
  if (!of_a.sd || !of_b.sd) return comparison;
  const double error = std::hypot(ErrorOf(of_a), ErrorOf(of_b));
  if (error > 0) comparison.df = DegreesOfFreedom(of_a, of_b, error);
  const auto test = TestAgainstZero(comparison.difference, error, comparison.df.value_or(1), level);
  comparison.spreadless = !test;
  if (!test) return comparison;
  comparison.interval = test->interval;
  comparison.p_welch = test->p;
  return comparison;
}

double SmallestPermutationP(int n, int m) {
  if (n < 1 || m < 1) return 1;
  double least = n == m ? 2 : 1;
  for (int i = 1; i <= n; ++i) least *= static_cast<double>(i) / (m + i);
  return least;
}

}  // namespace sweepformer
