#include "results/statistics/paired.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

using namespace sweepformer;

namespace {
constexpr double kInfinity = std::numeric_limits<double>::infinity();
}

TEST_CASE("a paired comparison is that of the worked example", "[paired]") {
  const std::vector<double> differences = {82.1 - 81.2, 83.0 - 82.5, 82.6 - 81.9, 82.4 - 81.4,
                                           83.3 - 82.0};
  const PairedComparison comparison = ComparePaired(differences);
  CHECK(comparison.n == 5);
  CHECK(comparison.difference == Approx(0.88).epsilon(1e-9));
  CHECK(comparison.difference / *comparison.sd * std::sqrt(5) ==
        Approx(6.4874460708154285).epsilon(1e-9));
  CHECK(*comparison.p_t == Approx(0.0029108102914148066).epsilon(1e-9));
  CHECK(comparison.interval->low == Approx(0.5033846623303071).epsilon(1e-9));
  CHECK(comparison.interval->high == Approx(1.2566153376696838).epsilon(1e-9));
  CHECK(*comparison.p_sign_flip == Approx(0.0625).epsilon(1e-9));
}

TEST_CASE("the interval excludes 0 exactly where p is below its complement", "[paired]") {
  const std::vector<double> differences = {0.4, 0.1, -0.1, 0.9};
  const double p = *ComparePaired(differences).p_t;
  CHECK(ComparePaired(differences, 1 - p - 1e-6).interval->low > 0);
  CHECK(ComparePaired(differences, 1 - p + 1e-6).interval->low < 0);
}

TEST_CASE("no difference says nothing", "[paired]") {
  const PairedComparison none = ComparePaired({});
  CHECK(none.n == 0);
  CHECK(none.difference == 0);
  CHECK_FALSE(none.interval);
  CHECK_FALSE(none.p_t);
  CHECK_FALSE(none.p_sign_flip);
}

TEST_CASE("one difference has no interval", "[paired]") {
  const PairedComparison one = ComparePaired(std::vector<double>{0.3});
  CHECK(one.n == 1);
  CHECK(one.difference == 0.3);
  CHECK_FALSE(one.sd);
  CHECK_FALSE(one.interval);
  CHECK_FALSE(one.p_t);
  CHECK(*one.p_sign_flip == 1);
}

TEST_CASE("equal differences leave t nothing and the sign flip its least p", "[paired]") {
  const std::vector<double> exact = {0.3, 0.3, 0.3};
  const std::vector<double> rounded = {0.81 - 0.80, 0.83 - 0.82, 0.86 - 0.85};
  for (const auto& differences : {exact, rounded}) {
    const PairedComparison apart = ComparePaired(differences);
    CHECK(apart.spreadless);
    CHECK_FALSE(apart.p_t);
    CHECK_FALSE(apart.interval);
    CHECK(*apart.p_sign_flip == 0.25);
  }
  const PairedComparison same = ComparePaired(std::vector<double>{0, 0, 0});
  CHECK_FALSE(same.spreadless);
  CHECK(*same.p_t == 1);
  CHECK(*same.p_sign_flip == 1);
}

TEST_CASE("infinite differences have no tests", "[paired]") {
  const PairedComparison infinite = ComparePaired(std::vector<double>{0.3, kInfinity});
  CHECK(infinite.n == 2);
  CHECK(infinite.difference == kInfinity);
  CHECK_FALSE(infinite.interval);
  CHECK_FALSE(infinite.p_t);
  CHECK_FALSE(infinite.p_sign_flip);
  CHECK(ComparePaired(std::vector<double>{-kInfinity, kInfinity}).n == 0);
}

TEST_CASE("10,000 differences are compared", "[paired]") {
  std::vector<double> differences;
  for (int i = 0; i < 10'000; ++i) differences.push_back(i % 100 - 49);  // mean 0.5, sd 28.9
  const PairedComparison comparison = ComparePaired(differences);
  CHECK(comparison.difference == Approx(0.5));
  CHECK(*comparison.p_t == Approx(0.0833).margin(0.001));
  CHECK(*comparison.p_sign_flip == Approx(*comparison.p_t).margin(0.008));  // four standard errors
}
