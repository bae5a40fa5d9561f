#include "results/statistics/hit_variance.h"

#include <catch2/catch.hpp>
#include <vector>

#include "results/statistics/simulation.h"

using namespace sweepformer;

namespace {

HitBits BitsOf(std::uint8_t bits) {
  return HitBits::FromBytes(std::vector<std::uint8_t>{bits}, 4).value();
}

}  // namespace

TEST_CASE("variance of hits is that of the analysis of variance", "[hit_variance]") {
  // Differences of two seeds, by item: 1 1 0 0 and 1 0 0 -1. Means 1/2 and 0 of the seeds, 1, 1/2,
  // 0, -1/2 of the items, 1/4 of all. Sums of squares: seeds 4 (1/16 + 1/16) = 1/2, items 2 (9 + 1
  // + 1 + 9) / 16 = 5/2, all 4 - 8/16 = 7/2, so the rest 1/2. Mean squares 1/2, 5/6 and 1/6.
  const std::vector<HitBits> a = {BitsOf(0b0011), BitsOf(0b0111)};
  const std::vector<HitBits> b = {BitsOf(0b0000), BitsOf(0b1110)};
  const HitVariance variance = HitVarianceOf(a, b);
  CHECK(variance.of_seeds == Approx(0.5 / 8));
  CHECK(variance.of_items == Approx((5.0 / 6 - 1.0 / 6) / 8));
  CHECK(variance.true_item_share == Approx(0.8));
}

TEST_CASE("equal hits do not vary", "[hit_variance]") {
  const std::vector<HitBits> runs = {BitsOf(0b0011), BitsOf(0b0111)};
  const HitVariance variance = HitVarianceOf(runs, runs);
  CHECK(variance.of_seeds == 0);
  CHECK(variance.of_items == 0);
  CHECK(variance.true_item_share == 0);
}

TEST_CASE("the variance of hits is without bias", "[hit_variance]") {
  constexpr int kSamples = 2'000;
  const HitNoise noise = {"both", 0.2, 0.5};
  Random random(1);
  double of_mean = 0;
  double estimated = 0;
  for (int sample = 0; sample < kSamples; ++sample) {
    const HitArms arms = DrawHits(noise, 4, 100, random);
    double more = 0;
    for (int i = 0; i < 4; ++i) {
      more += static_cast<double>(arms.a[i].CountRight() - arms.b[i].CountRight()) / 400;
    }
    of_mean += more * more / kSamples;
    const HitVariance variance = HitVarianceOf(arms.a, arms.b);
    estimated += (variance.of_seeds + variance.of_items) / kSamples;
  }
  // The deviation of a variance of 2,000 normal values is sqrt(2 / 2,000) of it; four are 13 %.
  CHECK(estimated == Approx(of_mean).epsilon(0.13));
}
