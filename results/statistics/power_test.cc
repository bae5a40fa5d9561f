#include "results/statistics/power.h"

#include <boost/math/distributions/students_t.hpp>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>

#include "results/statistics/spread.h"

using namespace sweepformer;

namespace {

double Critical(int pairs) {
  return quantile(complement(boost::math::students_t(pairs - 1), 0.025));
}

/// How often the test sees `shift` in drawn samples.
double SimulatedPower(double shift, int pairs, int samples) {
  std::mt19937_64 random(7);
  std::normal_distribution<double> draw(shift, 1);
  const double critical = Critical(pairs);
  int seen = 0;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> differences;
    for (int pair = 0; pair < pairs; ++pair) differences.push_back(draw(random));
    const Spread spread = SpreadOf(differences);
    seen += std::abs(*spread.mean) * std::sqrt(pairs) / *spread.sd > critical;
  }
  return seen / static_cast<double>(samples);
}

}  // namespace

TEST_CASE("the t quantiles are those of the tables", "[power]") {
  CHECK(Critical(3) == Approx(4.302653));
  CHECK(Critical(4) == Approx(3.182446));
  CHECK(Critical(5) == Approx(2.776445));
  CHECK(Critical(10) == Approx(2.262157));
}

TEST_CASE("without a difference the test sees one as often as alpha says", "[power]") {
  for (const int pairs : {2, 3, 5, 30}) CHECK(PairedPower(0, pairs, 0.05) == Approx(0.05));
}

TEST_CASE("the power is what drawn samples give", "[power]") {
  constexpr int kSamples = 20'000;  // two standard errors are 0.007 at most
  for (const int pairs : {2, 3, 5, 10}) {
    for (const double shift : {0.5, 1.0, 2.0}) {
      CAPTURE(pairs, shift);
      CHECK(SimulatedPower(shift, pairs, kSamples) ==
            Approx(PairedPower(shift, pairs, 0.05)).margin(0.012));
    }
  }
}

TEST_CASE("the detectable difference has the power asked for and shrinks with seeds", "[power]") {
  double before = 1e9;
  for (const int pairs : {2, 3, 4, 5, 10, 30, 1000}) {
    CAPTURE(pairs);
    const double shift = DetectableShift(pairs).value();
    CHECK(PairedPower(shift, pairs, 0.05) == Approx(0.8).epsilon(1e-4));
    CHECK(shift < before);
    before = shift;
  }
}

TEST_CASE("many seeds detect what the normal distribution says", "[power]") {
  CHECK(DetectableShift(10'000).value() * 100 == Approx(1.959964 + 0.841621).epsilon(1e-3));
}

TEST_CASE("the detectable difference of the worked example", "[power]") {
  // Five paired values with t = 6.48745 (their differences' mean over its standard error).
  const Spread spread = SpreadOf({82.1 - 81.2, 83.0 - 82.5, 82.6 - 81.9, 82.4 - 81.4, 83.3 - 82.0});
  CHECK(*spread.mean / *spread.sd * std::sqrt(5) == Approx(6.4874460708));
  CHECK(Critical(5) * *spread.sd / std::sqrt(5) == Approx((1.2566153377 - 0.5033846623) / 2));
  const double detectable = *DetectableShift(5) * *spread.sd;
  CHECK(detectable < *spread.mean);  // the test does see the difference (p = 0.003)
  CHECK(detectable > (1.2566153377 - 0.5033846623) / 2);  // and 0.5 at the interval's edge is less
}

TEST_CASE("one seed detects nothing", "[power]") {
  CHECK_FALSE(DetectableShift(1).has_value());
  CHECK_FALSE(DetectableShift(0).has_value());
}
