#include "results/statistics/sign_flip.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "results/statistics/random.h"

using namespace sweepformer;

namespace {

/// Counts every pattern, one after the other.
double CountedP(const std::vector<std::int64_t>& differences) {
  std::int64_t seen = 0;
  for (const std::int64_t difference : differences) seen += difference;
  int reached = 0;
  const int patterns = 1 << differences.size();
  for (int pattern = 0; pattern < patterns; ++pattern) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < differences.size(); ++i) {
      sum += (pattern >> i & 1) ? differences[i] : -differences[i];
    }
    reached += std::abs(sum) >= std::abs(seen);
  }
  return reached / static_cast<double>(patterns);
}

std::vector<double> Scaled(const std::vector<std::int64_t>& numbers, double unit) {
  std::vector<double> scaled;
  for (const std::int64_t number : numbers) scaled.push_back(static_cast<double>(number) * unit);
  return scaled;
}

}  // namespace

TEST_CASE("the sign-flip p is that of the worked example", "[sign_flip]") {
  const std::vector<double> differences = {82.1 - 81.2, 83.0 - 82.5, 82.6 - 81.9, 82.4 - 81.4,
                                           83.3 - 82.0};
  CHECK(*SignFlipP(differences) == Approx(0.0625).epsilon(1e-9));
}

TEST_CASE("the sign-flip p is what counting every pattern gives", "[sign_flip]") {
  Random random(1);
  for (int n = 1; n <= 12; ++n) {
    for (int sample = 0; sample < 20; ++sample) {
      std::vector<std::int64_t> differences;
      for (int i = 0; i < n; ++i) {
        differences.push_back(static_cast<std::int64_t>(random.Below(13)) - 5);  // ties and zeros
      }
      CAPTURE(differences);
      // Tenths are not exact in binary: without a tolerance, rounding would break the ties.
      CHECK(*SignFlipP(Scaled(differences, 0.1)) == CountedP(differences));
    }
  }
}

TEST_CASE("differences of one sign give the least p there is", "[sign_flip]") {
  const double golden[] = {0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125};
  for (int n = 3; n <= 8; ++n) CHECK(SmallestSignFlipP(n) == golden[n - 3]);
  CHECK(SmallestSignFlipP(10) == 0.001953125);
  CHECK(SmallestSignFlipP(0) == 1);
  CHECK(SmallestSignFlipP(1) == 1);
  for (int n = 1; n <= kMostExactFlips; ++n) {
    CAPTURE(n);
    CHECK(*SignFlipP(std::vector<double>(n, -0.3)) == SmallestSignFlipP(n));
  }
}

TEST_CASE("zeros tell nothing of either sign", "[sign_flip]") {
  CHECK(*SignFlipP(std::vector<double>{0, 0, 0}) == 1);
  CHECK(*SignFlipP(std::vector<double>{1, -1}) == 1);
  CHECK(*SignFlipP(std::vector<double>{1, 1, 0, 1}) == 0.25);
}

TEST_CASE("without finite differences there is no sign-flip p", "[sign_flip]") {
  CHECK_FALSE(SignFlipP({}));
  CHECK_FALSE(SignFlipP(std::vector<double>{1, std::numeric_limits<double>::infinity()}));
}

TEST_CASE("drawn patterns give about the p that counting gives", "[sign_flip]") {
  // 24 differences of ±1: the binomial counts. Four standard errors of a share of 20,000 are 0.014.
  std::vector<double> differences(24, 1.0);
  for (int i = 0; i < 7; ++i) differences[i] = -1;
  CHECK(*SignFlipP(differences) == Approx(0.0639).margin(0.007));  // 2 P(X <= 7), 24 fair tosses
  CHECK(*SignFlipP(std::vector<double>(24, 1.0)) == 1.0 / kDrawnFlips);
}

TEST_CASE("10,000 differences have a sign-flip p, always the same", "[sign_flip]") {
  Random random(3);
  std::vector<double> differences;
  for (int i = 0; i < 10'000; ++i) differences.push_back(random.Unit() - 0.49);
  const double p = *SignFlipP(differences);
  const double z = 0.01 * 100 / std::sqrt(1.0 / 12);  // of the shift of 0.01: 3.46, p = 0.0005
  CHECK(z > 3);
  CHECK(p < 0.05);
  CHECK(p >= 1.0 / kDrawnFlips);
  CHECK(*SignFlipP(differences) == p);
}
