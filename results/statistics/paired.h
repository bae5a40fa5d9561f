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
  bool spreadless = false;            ///< n > 1 and all are the same, but for rounding, and not 0
  std::optional<Interval> interval;   ///< Student's t, n - 1 degrees of freedom; as p_t
  std::optional<double> p_t;          ///< paired t-test; as sd, and none if spreadless
  std::optional<double> p_sign_flip;  ///< none for n = 0 and infinite differences
};

/// Holds differences (no NaN among them) against 0. Of differences that are all equal t can say
/// nothing; the sign flip can, whose p is then SmallestSignFlipP(n). If they are 0, p_t is 1 and
/// the interval a point.
PairedComparison ComparePaired(std::span<const double> differences, double level = 0.95);

}  // namespace sweepformer
