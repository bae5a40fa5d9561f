#pragma once

#include <cstdint>
#include <optional>

#include "results/statistics/spread.h"

namespace sweepformer {

/// Where a quantity lies, at the level it was asked for. Both ends belong to it.
struct Interval {
  double low = 0;
  double high = 0;

  bool Contains(double number) const { return low <= number && number <= high; }
  double half() const { return (high - low) / 2; }  ///< what stands behind the ±
};

/// mean ± t · sd / √n, Student's t with n - 1 degrees of freedom: where the mean over all seeds
/// lies. None for n < 2 or without a deviation: one seed says nothing about the next.
std::optional<Interval> MeanInterval(const Spread& spread, double level = 0.95);

/// Wilson's score interval (Wilson 1927) of a share of `n` independent items: where the share over
/// all items that might have been in the test set lies. None for n < 1 or a share outside 0..1.
std::optional<Interval> WilsonInterval(double share, std::int64_t n, double level = 0.95);

/// The quantile that Student's t with `df` degrees of freedom exceeds on either side with
/// probability 1 - level altogether.
double TwoSidedT(double df, double level);

/// How often Student's t with `df` degrees of freedom is at least as far from 0 as `t`.
double TwoSidedP(double t, double df);

/// estimate ± t · error, and the p-value of "it is 0". None where the error is at most 1e-10 of an
/// estimate that is not 0, which may come of rounding: t would be certain of what a coarse scale
/// may give by chance. Where both are 0 the interval is a point and p is 1.
struct StudentTest {
  Interval interval;
  double p = 1;
};
std::optional<StudentTest> TestAgainstZero(double estimate, double error, double df, double level);

}  // namespace sweepformer
