#include "results/statistics/bootstrap.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "results/statistics/random.h"

using namespace sweepformer;

namespace {

HitBits BitsOf(const std::vector<bool>& right) {
  std::vector<std::uint8_t> bytes((right.size() + 7) / 8);
  for (std::size_t i = 0; i < right.size(); ++i) bytes[i / 8] |= right[i] << (i % 8);
  return HitBits::FromBytes(bytes, static_cast<std::int64_t>(right.size())).value();
}

/// Runs that get each item right with the chance of their seed.
std::vector<HitBits> Runs(const std::vector<double>& chances, int items, Random& random) {
  std::vector<HitBits> runs;
  for (const double chance : chances) {
    std::vector<bool> right;
    for (int i = 0; i < items; ++i) right.push_back(random.Unit() < chance);
    runs.push_back(BitsOf(right));
  }
  return runs;
}

}  // namespace

TEST_CASE("a clear difference in hits is seen", "[bootstrap]") {
  Random random(1);
  const auto a = Runs({0.9, 0.91, 0.89, 0.9, 0.92}, 2'000, random);
  const auto b = Runs({0.8, 0.82, 0.79, 0.8, 0.81}, 2'000, random);
  const TwoLevelComparison comparison = CompareHits(a, b).value();
  CHECK(comparison.difference == Approx(0.1).margin(0.02));
  CHECK(comparison.interval.low > 0.05);
  CHECK(comparison.interval.high < 0.15);
  CHECK(comparison.interval.Contains(comparison.difference));
  CHECK(comparison.p < 0.05);
  CHECK(comparison.p >= 1.0 / comparison.replicates);
}

TEST_CASE("the difference in hits is that of the shares", "[bootstrap]") {
  Random random(2);
  const auto a = Runs({0.9, 0.7, 0.8, 0.6, 0.5, 0.4}, 131, random);
  const auto b = Runs({0.5, 0.6, 0.7, 0.8, 0.4, 0.9}, 131, random);
  std::int64_t more = 0;
  for (int seed = 0; seed < 6; ++seed) more += a[seed].CountRight() - b[seed].CountRight();
  const TwoLevelComparison comparison = CompareHits(a, b).value();
  CHECK(comparison.difference == Approx(static_cast<double>(more) / (6 * 131)).epsilon(1e-12));
  CHECK(comparison.interval.Contains(0));
  CHECK(comparison.p > 0.05);
}

TEST_CASE("the same hits give the same interval, and swapped arms its mirror", "[bootstrap]") {
  Random random(3);
  const auto a = Runs({0.8, 0.82, 0.85, 0.8, 0.81}, 300, random);
  const auto b = Runs({0.8, 0.8, 0.8, 0.83, 0.8}, 300, random);
  const TwoLevelComparison first = CompareHits(a, b).value();
  const TwoLevelComparison again = CompareHits(a, b).value();
  const TwoLevelComparison swapped = CompareHits(b, a).value();
  CHECK(first.interval.low == again.interval.low);
  CHECK(first.interval.high == again.interval.high);
  CHECK(first.p == again.p);
  CHECK(swapped.interval.low == -first.interval.high);
  CHECK(swapped.interval.high == -first.interval.low);
  CHECK(swapped.p == first.p);
}

TEST_CASE("equal hits are no difference", "[bootstrap]") {
  Random random(4);
  const auto runs = Runs({0.8, 0.7, 0.9, 0.6, 0.75}, 100, random);
  const TwoLevelComparison comparison = CompareHits(runs, runs).value();
  CHECK(comparison.difference == 0);
  CHECK(comparison.interval.low == 0);
  CHECK(comparison.interval.high == 0);
  CHECK(comparison.p == 1);
}

TEST_CASE("fewer seeds than the interval needs are refused", "[bootstrap]") {
  Random random(5);
  for (int seeds = 0; seeds < 8; ++seeds) {
    CAPTURE(seeds);
    const auto runs = Runs(std::vector<double>(seeds, 0.8), 50, random);
    CHECK(CompareHits(runs, runs).has_value() == (seeds >= kSmallestTwoLevel));
  }
}

TEST_CASE("a level further out than the replicates reach is refused", "[bootstrap]") {
  Random random(10);
  const auto a = Runs({0.5, 0.6, 0.7, 0.8, 0.9}, 1'000, random);
  const auto b = Runs({0.6, 0.7, 0.6, 0.7, 0.8}, 1'000, random);
  CHECK(CompareHits(a, b, 0.95));
  CHECK_FALSE(CompareHits(a, b, 0.999));
}

TEST_CASE("hits that are not paired are refused", "[bootstrap]") {
  Random random(6);
  const std::vector<double> chances(8, 0.8);
  const auto runs = Runs(chances, 50, random);
  CHECK_FALSE(CompareHits(runs, std::span(runs).first(7)));
  CHECK_FALSE(CompareHits(runs, Runs(chances, 51, random)));
  CHECK_FALSE(CompareHits(Runs(chances, 0, random), Runs(chances, 0, random)));
}

TEST_CASE("a single item is refused, two are not", "[bootstrap]") {
  Random random(7);
  const std::vector<double> chances(6, 0.5);
  CHECK_FALSE(CompareHits(Runs(chances, 1, random), Runs(chances, 1, random)));
  CHECK(CompareHits(Runs(chances, 2, random), Runs(chances, 2, random)));
}

TEST_CASE("runs that do not depend on the seed leave the choice of items", "[bootstrap]") {
  Random random(8);
  const std::vector<HitBits> a(6, Runs({0.8}, 1'000, random).front());
  const std::vector<HitBits> b(6, Runs({0.8}, 1'000, random).front());
  const TwoLevelComparison comparison = CompareHits(a, b).value();
  const double apart =
      static_cast<double>(a[0].CountRight() + b[0].CountRight() - 2 * CountBoth(a[0], b[0])) /
      1'000;
  const double half =
      1.96 * std::sqrt((apart - comparison.difference * comparison.difference) / 999);
  CHECK(comparison.interval.high - comparison.difference == Approx(half).epsilon(0.15));
  CHECK(comparison.difference - comparison.interval.low == Approx(half).epsilon(0.15));
}

TEST_CASE("items without luck of their own leave Student's interval of the seeds", "[bootstrap]") {
  std::vector<HitBits> a, b;
  std::vector<double> differences;
  Random random(9);
  for (int i = 0; i < 12; ++i) {
    a.push_back(Runs({0.6 + 0.02 * i}, 20'000, random).front());
    b.push_back(Runs({0.7}, 20'000, random).front());
    differences.push_back(static_cast<double>(a[i].CountRight() - b[i].CountRight()) / 20'000);
  }
  const Interval student = MeanInterval(SpreadOf(differences)).value();
  const Interval interval = CompareHits(a, b)->interval;
  CHECK(interval.low == Approx(student.low).margin(0.1 * (student.high - student.low)));
  CHECK(interval.high == Approx(student.high).margin(0.1 * (student.high - student.low)));
}
