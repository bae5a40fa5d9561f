#include "results/statistics/paired.h"

#include <cmath>

namespace sweepformer {

PairedComparison ComparePaired(std::span<const double> differences, double level) {
  PairedComparison comparison;
  const Spread spread = SpreadOf(differences);
  if (!spread.mean) return comparison;
  comparison.n = spread.n;
  comparison.difference = *spread.mean;
  comparison.sd = spread.sd;
  comparison.p_sign_flip = SignFlipP(differences);
  if (!spread.sd) return comparison;
  const double error = *spread.sd / std::sqrt(spread.n);
  const auto test = TestAgainstZero(*spread.mean, error, spread.n - 1, level);
  comparison.spreadless = !test;
  if (!test) return comparison;
  comparison.interval = test->interval;
  comparison.p_t = test->p;
  return comparison;
}

}  // namespace sweepformer
