#pragma once

#include <optional>
#include <span>

#include "results/statistics/intervals.h"
#include "results/statistics/sign_flip.h"

namespace sweepformer {

/// What differences between runs of the same seed say.
struct PairedComparison {
  int n = 0;                          ///< 0 also where infinities of both signs leave no mean
  double difference = 0;              ///< their mean; 0 for n = 0
  std::optional<double> sd;           ///< none for n < 2 and infinite differences
  std::optional<Interval> interval;   ///< Student's t, n - 1 degrees of freedom; as sd
  std::optional<double> p_t;          ///< paired t-test; as sd
  std::optional<double> p_sign_flip;  ///< none for n = 0 and infinite differences
};

/// Holds differences (no NaN among them) against 0. Differences that are all equal are taken as the
/// limit of ever smaller deviations: p_t is 1 if they are 0, else 0, and the interval is a point.
/// The sign-flip p is not impressed: it cannot fall below SmallestSignFlipP(n).
PairedComparison ComparePaired(std::span<const double> differences, double level = 0.95);

}  // namespace sweepformer
