#include "results/statistics/intervals.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numbers>

using namespace sweepformer;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

void CheckNear(const Interval& interval, double low, double high) {
  CHECK(interval.low == Approx(low).epsilon(1e-9));
  CHECK(interval.high == Approx(high).epsilon(1e-9));
}

}  // namespace

TEST_CASE("the quantiles of t are those of the tables", "[intervals]") {
  const std::pair<int, double> table[] = {
      {1, 12.706205}, {2, 4.302653}, {3, 3.182446}, {4, 2.776445},  {5, 2.570582}, {6, 2.446912},
      {7, 2.364624},  {8, 2.306004}, {9, 2.262157}, {14, 2.144787}, {19, 2.093024}};
  for (const auto& [df, quantile] : table) {
    CAPTURE(df);
    CHECK(std::abs(TwoSidedT(df, 0.95) - quantile) <= 0.5e-6);  // the table has six decimals
  }
}

TEST_CASE("t with one and two degrees of freedom has its closed forms", "[intervals]") {
  for (const double t : {0.0, 0.1, 1.0, 2.5, 40.0}) {
    CAPTURE(t);
    CHECK(TwoSidedP(t, 1) == Approx(1 - 2 / std::numbers::pi * std::atan(t)).epsilon(1e-9));
    CHECK(TwoSidedP(t, 2) == Approx(1 - t / std::sqrt(2 + t * t)).epsilon(1e-9));
    CHECK(TwoSidedP(-t, 2) == TwoSidedP(t, 2));
  }
  for (const double level : {0.5, 0.9, 0.95, 0.99}) {
    CAPTURE(level);
    CHECK(TwoSidedT(1, level) == Approx(std::tan(std::numbers::pi * level / 2)).epsilon(1e-9));
    CHECK(TwoSidedT(2, level) == Approx(level * std::sqrt(2 / (1 - level * level))).epsilon(1e-9));
  }
}

TEST_CASE("an interval of a mean is t standard errors to either side", "[intervals]") {
  const double half = 4.302652729749464 / std::sqrt(3);
  CheckNear(MeanInterval(SpreadOf({1.0, 2.0, 3.0})).value(), 2 - half, 2 + half);
  CheckNear(MeanInterval(SpreadOf({1.0, 3.0}), 0.5).value(), 1, 3);  // t of one is tan(45°) = 1
}

TEST_CASE("one seed has no interval, equal ones have a point", "[intervals]") {
  CHECK_FALSE(MeanInterval(SpreadOf({})));
  CHECK_FALSE(MeanInterval(SpreadOf({1.0})));
  CHECK_FALSE(MeanInterval(SpreadOf({1.0, kInfinity})));
  CheckNear(MeanInterval(SpreadOf({0.1, 0.1, 0.1})).value(), 0.1, 0.1);
}

TEST_CASE("the intervals of shares are those of the worked examples", "[intervals]") {
  CheckNear(WilsonInterval(0.80, 872).value(), 0.772160719867568, 0.8252076676753135);
  CheckNear(WilsonInterval(0.83, 25'000).value(), 0.8252930753412142, 0.8346055257266647);
  CheckNear(WilsonInterval(0.946, 400'000).value(), 0.945295283848115, 0.9466961497809792);
  CheckNear(WilsonInterval(0.87, 600).value(), 0.8407194385956569, 0.8945729026520091);
}

TEST_CASE("the interval of a share of nothing or everything ends there", "[intervals]") {
  const double z_squared = 3.8414588206941236;
  for (const int n : {1, 2, 10, 1'000'000}) {
    CAPTURE(n);
    const Interval none = WilsonInterval(0, n).value();
    const Interval all = WilsonInterval(1, n).value();
    CHECK(none.low == 0);
    CHECK(none.high == Approx(z_squared / (n + z_squared)).epsilon(1e-9));
    CHECK(all.low == Approx(n / (n + z_squared)).epsilon(1e-9));
    CHECK(all.high == 1);
  }
}

TEST_CASE("what is no share of anything has no interval", "[intervals]") {
  CHECK_FALSE(WilsonInterval(0.5, 0));
  CHECK_FALSE(WilsonInterval(-0.1, 10));
  CHECK_FALSE(WilsonInterval(82.6, 10));
  CHECK_FALSE(WilsonInterval(std::nan(""), 10));
}

TEST_CASE("an estimate without error but that of rounding is no matter of t", "[intervals]") {
  CHECK_FALSE(TestAgainstZero(1e-9, 0, 2, 0.95));
  CHECK_FALSE(TestAgainstZero(-0.01, 1e-17, 2, 0.95));
  CHECK(TestAgainstZero(0.01, 1e-9, 2, 0.95));
  CHECK(TestAgainstZero(0, 0, 2, 0.95)->p == 1);
  CHECK(TestAgainstZero(0, 0, 2, 0.95)->interval.half() == 0);
  CHECK(TestAgainstZero(0, 1, 2, 0.95)->p == 1);
}
