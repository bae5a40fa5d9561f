#include "results/statistics/mcnemar.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace sweepformer;

TEST_CASE("McNemar's p is that of the worked examples", "[mcnemar]") {
  CHECK(McNemarExactP(40, 20) == Approx(0.01348929373119186).epsilon(1e-9));
  CHECK(McNemarExactP(12, 5) == Approx(0.143463134765625).epsilon(1e-9));
  CHECK(McNemarExactP(5, 12) == McNemarExactP(12, 5));
}

TEST_CASE("McNemar's p is twice the binomial's tail", "[mcnemar]") {
  CHECK(McNemarExactP(0, 10) == Approx(2 * std::pow(0.5, 10)).epsilon(1e-9));
  CHECK(McNemarExactP(1, 9) == Approx(2 * 11 * std::pow(0.5, 10)).epsilon(1e-9));
  CHECK(McNemarExactP(4, 6) == Approx(2 * 386 * std::pow(0.5, 10)).epsilon(1e-9));
}

TEST_CASE("as many either way are no difference", "[mcnemar]") {
  CHECK(McNemarExactP(0, 0) == 1);
  CHECK(McNemarExactP(7, 7) == 1);
  CHECK(McNemarExactP(0, 1) == 1);
}

TEST_CASE("thousands of differing items have a p", "[mcnemar]") {
  // 10,400 of 20,000 fair tosses are 5.66 deviations from half.
  const double p = McNemarExactP(10'400, 9'600);
  CHECK(p > 1e-8);
  CHECK(p < 2e-8);
}

TEST_CASE("runs are compared by what only one of them got right", "[mcnemar]") {
  const HitBits a = HitBits::FromBytes(std::vector<std::uint8_t>{0b1111'0010, 0b1}, 10).value();
  const HitBits b = HitBits::FromBytes(std::vector<std::uint8_t>{0b0011'0101, 0b1}, 10).value();
  const McNemar result = CompareHitBits(a, b);
  CHECK(result.only_a == 3);
  CHECK(result.only_b == 2);
  CHECK(result.p == McNemarExactP(3, 2));
}
