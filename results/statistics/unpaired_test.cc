#include "results/statistics/unpaired.h"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

using namespace sweepformer;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Values = std::vector<double>;

}  // namespace

TEST_CASE("an unpaired comparison is that of the worked example", "[unpaired]") {
  const Values a = {82.1, 83.0, 82.6, 82.4, 83.3};
  const Values b = {81.2, 82.5, 81.9, 81.4, 82.0};
  const UnpairedComparison comparison = CompareUnpaired(a, b).value();
  CHECK(comparison.difference == Approx(0.88).epsilon(1e-9));
  CHECK(*comparison.df == Approx(7.952560080161643).epsilon(1e-9));
  CHECK(*comparison.p_welch == Approx(0.023143274615217146).epsilon(1e-9));
  CHECK(comparison.interval->low == Approx(0.15588297152588282).epsilon(1e-9));
  CHECK(comparison.interval->high == Approx(1.604117028474108).epsilon(1e-9));
  CHECK(comparison.probability_of_improvement == Approx(0.92).epsilon(1e-9));
}

TEST_CASE("swapping the samples mirrors the comparison", "[unpaired]") {
  const Values a = {1, 4, 2, 8};
  const Values b = {3, 9, 5};
  const UnpairedComparison ab = CompareUnpaired(a, b).value();
  const UnpairedComparison ba = CompareUnpaired(b, a).value();
  CHECK(ab.difference == -ba.difference);
  CHECK(ab.interval->low == Approx(-ba.interval->high));
  CHECK(*ab.p_welch == Approx(*ba.p_welch));
  CHECK(ab.probability_of_improvement == Approx(1 - ba.probability_of_improvement));
}

TEST_CASE("a sample that does not vary leaves the other's degrees of freedom", "[unpaired]") {
  const UnpairedComparison comparison =
      CompareUnpaired(Values{5, 5, 5}, Values{1, 2, 3, 4}).value();
  CHECK(*comparison.df == Approx(3).epsilon(1e-12));
  CHECK(comparison.probability_of_improvement == 1);
}

TEST_CASE("samples that do not vary leave Welch nothing to tell them apart by", "[unpaired]") {
  const UnpairedComparison apart = CompareUnpaired(Values{5, 5, 5}, Values{4, 4}).value();
  CHECK(apart.spreadless);
  CHECK(apart.difference == 1);
  CHECK_FALSE(apart.df);
  CHECK_FALSE(apart.p_welch);
  CHECK_FALSE(apart.interval);
  const UnpairedComparison same = CompareUnpaired(Values{5, 5, 5}, Values{5, 5}).value();
  CHECK_FALSE(same.spreadless);
  CHECK(*same.p_welch == 1);
  CHECK(same.probability_of_improvement == 0.5);
}

TEST_CASE("one run against several has a difference and no test", "[unpaired]") {
  const UnpairedComparison comparison = CompareUnpaired(Values{2}, Values{1, 2, 3}).value();
  CHECK(comparison.difference == 0);
  CHECK(comparison.probability_of_improvement == 0.5);
  CHECK_FALSE(comparison.df);
  CHECK_FALSE(comparison.interval);
  CHECK_FALSE(comparison.p_welch);
}

TEST_CASE("samples without a difference have no comparison", "[unpaired]") {
  CHECK_FALSE(CompareUnpaired({}, Values{1}));
  CHECK_FALSE(CompareUnpaired(Values{1}, {}));
  CHECK_FALSE(CompareUnpaired(Values{kInfinity}, Values{kInfinity}));
  CHECK_FALSE(CompareUnpaired(Values{kInfinity, -kInfinity}, Values{1}));
}

TEST_CASE("an infinite run wins its pairs and has no test", "[unpaired]") {
  const UnpairedComparison comparison = CompareUnpaired(Values{kInfinity, 1}, Values{2, 3}).value();
  CHECK(comparison.difference == kInfinity);
  CHECK(comparison.probability_of_improvement == 0.5);
  CHECK_FALSE(comparison.p_welch);
}

TEST_CASE("values near the ends of a double's range are compared", "[unpaired]") {
  const UnpairedComparison usual = CompareUnpaired(Values{1, 2, 3}, Values{4, 6, 7}).value();
  for (const double unit : {1e-150, 1e150}) {
    const UnpairedComparison scaled =
        CompareUnpaired(Values{1 * unit, 2 * unit, 3 * unit}, Values{4 * unit, 6 * unit, 7 * unit})
            .value();
    CHECK(*scaled.df == Approx(*usual.df));
    CHECK(*scaled.p_welch == Approx(*usual.p_welch));
  }
}

TEST_CASE("10,000 runs a side are compared", "[unpaired]") {
  Values a, b;
  for (int i = 0; i < 10'000; ++i) {
    a.push_back(i);
    b.push_back(i + 1);
  }
  const double wins = 9'999.0 * 9'998 / 2;
  const double ties = 9'999;
  CHECK(CompareUnpaired(a, b)->probability_of_improvement ==
        Approx((wins + ties / 2) / 1e8).epsilon(1e-12));
}

TEST_CASE("few runs cannot be told apart by regrouping", "[unpaired]") {
  CHECK(SmallestPermutationP(3, 3) == Approx(0.1).epsilon(1e-9));
  CHECK(SmallestPermutationP(4, 4) == Approx(0.02857142857142857).epsilon(1e-9));
  CHECK(SmallestPermutationP(5, 5) == Approx(0.007936507936507936).epsilon(1e-9));
  CHECK(SmallestPermutationP(6, 6) == Approx(0.0021645021645021645).epsilon(1e-9));
  CHECK(SmallestPermutationP(1, 1) == 1);
  CHECK(SmallestPermutationP(1, 4) == Approx(0.2));
  CHECK(SmallestPermutationP(4, 1) == Approx(0.2));
  CHECK(SmallestPermutationP(0, 4) == 1);
}
