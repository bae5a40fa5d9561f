#include "results/statistics/spread.h"

#include <catch2/catch.hpp>
#include <limits>

using namespace sweepformer;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("a spread is that of the worked example", "[spread]") {
  const Spread a = SpreadOf({82.1, 83.0, 82.6, 82.4, 83.3});
  CHECK(a.n == 5);
  CHECK(*a.mean == Approx(82.68).epsilon(1e-12));
  CHECK(*a.sd * *a.sd == Approx(0.227).epsilon(1e-12));  // squares of .58 .32 .08 .28 .62, over 4
}

TEST_CASE("equal values have exactly no spread", "[spread]") {
  CHECK(*SpreadOf({0.1, 0.1, 0.1}).sd == 0);
  CHECK(*SpreadOf({1e15 + 0.3, 1e15 + 0.3, 1e15 + 0.3}).sd == 0);
  CHECK(*SpreadOf(std::vector<double>(10'000, 0.1)).sd == 0);
}

TEST_CASE("a spread far from 0 loses nothing", "[spread]") {
  CHECK(*SpreadOf({1e9 + 1, 1e9 + 2, 1e9 + 3}).sd == 1);
}

TEST_CASE("too few values have no spread", "[spread]") {
  CHECK_FALSE(SpreadOf({}).mean);
  CHECK(*SpreadOf({1.0}).mean == 1);
  CHECK_FALSE(SpreadOf({1.0}).sd);
}

TEST_CASE("infinities leave a mean where there is one and no deviation", "[spread]") {
  CHECK(*SpreadOf({kInfinity, 1.0}).mean == kInfinity);
  CHECK(*SpreadOf({1.0, -kInfinity}).mean == -kInfinity);
  CHECK_FALSE(SpreadOf({kInfinity, 1.0}).sd);
  CHECK_FALSE(SpreadOf({kInfinity, kInfinity}).sd);
  CHECK_FALSE(SpreadOf({kInfinity, -kInfinity}).mean);
  CHECK(SpreadOf({kInfinity, -kInfinity}).n == 2);
}

TEST_CASE("values near the largest double have a mean", "[spread]") {
  CHECK(*SpreadOf({1e308, 1e308, -1e308}).mean == Approx(1e308 / 3));
  CHECK_FALSE(SpreadOf({1e308, -1e308}).sd);
}

TEST_CASE("the middle value is one that occurs, of two the larger", "[spread]") {
  CHECK(MiddleOf({}) == 0);
  CHECK(MiddleOf({9, 1, 2}) == 2);
  CHECK(MiddleOf({9, 1, 2, 3}) == 3);
}
