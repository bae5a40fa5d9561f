#include "results/statistics/robust.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

using namespace sweepformer;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Values = std::vector<double>;

}  // namespace

TEST_CASE("the interquartile mean is that of the worked example", "[robust]") {
  CHECK(*Iqm(Values{82.1, 83.0, 82.6, 82.4, 83.3}) == Approx(82.66666666666667).epsilon(1e-9));
}

TEST_CASE("a quarter is cut off on either side, rounded down", "[robust]") {
  CHECK(*Iqm(Values{1, 2, 9}) == 4);
  CHECK(*Iqm(Values{100, 1, 2, -50}) == 1.5);
  CHECK(*Iqm(Values{0, 1, 2, 3, 4, 5, 60}) == 3);
  CHECK(*Iqm(Values{-9, -9, 1, 2, 3, 4, 99, 99}) == 2.5);
}

TEST_CASE("a run that collapsed does not move the interquartile mean", "[robust]") {
  CHECK(*Iqm(Values{0.5, 0.9, 0.91, 0.92}) == *Iqm(Values{-kInfinity, 0.9, 0.91, 0.92}));
}

TEST_CASE("no values have no interquartile mean", "[robust]") {
  CHECK_FALSE(Iqm({}));
  CHECK(*Iqm(Values{3}) == 3);
  CHECK_FALSE(Iqm(Values{-kInfinity, kInfinity}));
}

TEST_CASE("where nothing is cut off the interval is that of the mean", "[robust]") {
  for (const Values& values : {Values{1, 2}, Values{1, 2, 9}}) {
    const Interval interval = IqmInterval(values).value();
    const Interval of_mean = MeanInterval(SpreadOf(values)).value();
    CHECK(interval.low == Approx(of_mean.low));
    CHECK(interval.high == Approx(of_mean.high));
  }
}

TEST_CASE("the interval of an interquartile mean winsorizes", "[robust]") {
  // Eight values, two cut on either side: 3 3 3 4 5 6 6 6 has squares 14 about 4.5; the error is
  // sqrt(14 / (4 * 3)), with 3 degrees of freedom.
  const Interval interval = IqmInterval(Values{-80, 0, 3, 4, 5, 6, 70, 900}).value();
  const double half = TwoSidedT(3, 0.95) * std::sqrt(14.0 / 12);
  CHECK(interval.low == Approx(4.5 - half));
  CHECK(interval.high == Approx(4.5 + half));
}

TEST_CASE("an interquartile mean of too few or infinite values has no interval", "[robust]") {
  CHECK_FALSE(IqmInterval(Values(kSmallestIqmInterval - 1, 1.0)));
  CHECK(IqmInterval(Values(kSmallestIqmInterval, 1.0)));
  CHECK_FALSE(IqmInterval(Values(12, kInfinity)));
}
