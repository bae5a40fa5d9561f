#include "results/statistics/intervals.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

namespace sweepformer {

std::optional<Interval> MeanInterval(const Spread& spread, double level) {
  if (!spread.mean || !spread.sd) return {};
  const double half = TwoSidedT(spread.n - 1, level) * *spread.sd / std::sqrt(spread.n);
  return Interval{*spread.mean - half, *spread.mean + half};
}

std::optional<Interval> WilsonInterval(double share, std::int64_t n, double level) {
  if (n < 1 || !(share >= 0 && share <= 1)) return {};
  const double items = static_cast<double>(n);
  const double z = quantile(complement(boost::math::normal(), (1 - level) / 2));
  const double shrink = 1 + z * z / items;
  const double center = (share + z * z / (2 * items)) / shrink;
  const double variance = share * (1 - share) / items + z * z / (4 * items * items);
  const double half = z / shrink * std::sqrt(variance);
  return Interval{share == 0 ? 0 : std::max(0.0, center - half),
                  share == 1 ? 1 : std::min(1.0, center + half)};
}

double TwoSidedT(double df, double level) {
  struct Last {
    double df = 0, level = 0, t = 0;
  };
  thread_local Last last;  // tables ask for the same one row after row, and it takes microseconds
  if (last.df != df || last.level != level) {
    last = {df, level, quantile(complement(boost::math::students_t(df), (1 - level) / 2))};
  }
  return last.t;
}

double TwoSidedP(double t, double df) {
  return 2 * cdf(complement(boost::math::students_t(df), std::abs(t)));
}

std::optional<StudentTest> TestAgainstZero(double estimate, double error, double df, double level) {
  constexpr double kRounding = 1e-10;  // as ties of the sign flip
  if (estimate == 0 && error == 0) return StudentTest{{0, 0}, 1};
  if (error <= kRounding * std::abs(estimate)) return {};
  const double half = TwoSidedT(df, level) * error;
  return StudentTest{{estimate - half, estimate + half}, TwoSidedP(estimate / error, df)};
}

}  // namespace sweepformer
