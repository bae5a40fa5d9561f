#include "results/statistics/simulation.h"

#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <numbers>

namespace sweepformer {
namespace {

const boost::math::normal kNormal;

/// Of a standard normal, given that it is between its quantiles `low` and `high`.
double MeanBetween(double low, double high) {
  return (pdf(kNormal, quantile(kNormal, low)) - pdf(kNormal, quantile(kNormal, high))) /
         (high - low);
}

/// What an item is worth to each arm: easy to both, and a little more so to one.
struct Item {
  double to_a, to_b;
};

std::vector<Item> DrawItems(double noise, int items, Random& random) {
  constexpr double kEase = 1.5;  // right on four items of five or so
  std::vector<Item> drawn;
  for (int i = 0; i < items; ++i) {
    const double ease = kEase + DrawNormal(random);
    drawn.push_back({ease + noise * DrawNormal(random), ease + noise * DrawNormal(random)});
  }
  return drawn;
}

HitBits DrawRun(const std::vector<Item>& items, double Item::*arm, double seed, Random& random) {
  std::vector<std::uint8_t> bytes((items.size() + 7) / 8);
  for (std::size_t i = 0; i < items.size(); ++i) {
    const bool right = items[i].*arm + seed + DrawNormal(random) > 0;
    bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (right << (i % 8)));
  }
  return HitBits::FromBytes(bytes, static_cast<std::int64_t>(items.size())).value();
}

}  // namespace

double DrawNormal(Random& random) {
  const double radius = std::sqrt(-2 * std::log(random.Unit()));
  return radius * std::cos(2 * std::numbers::pi * random.Unit());
}

Population NormalSeeds() { return {"normal", DrawNormal, 0, 0}; }

Population LogNormalSeeds() {
  const double quartile = quantile(kNormal, 0.75);
  const double middle = cdf(kNormal, quartile - 1) - cdf(kNormal, -quartile - 1);
  const double mean = std::exp(0.5);
  return {"log-normal", [](Random& random) { return std::exp(DrawNormal(random)); }, mean,
          mean * middle / 0.5};
}

Population CollapsingSeeds() {
  constexpr double kCollapsed = 0.1;
  const auto draw = [](Random& random) {
    return random.Unit() < kCollapsed ? 0.5 : 0.85 + 0.01 * DrawNormal(random);
  };
  const double middle =
      MeanBetween((0.25 - kCollapsed) / (1 - kCollapsed), (0.75 - kCollapsed) / (1 - kCollapsed));
  return {"collapsing", draw, kCollapsed * 0.5 + (1 - kCollapsed) * 0.85, 0.85 + 0.01 * middle};
}

std::vector<double> Draw(const Population& population, int n, Random& random) {
  std::vector<double> values;
  for (int i = 0; i < n; ++i) values.push_back(population.draw(random));
  return values;
}

HitArms DrawHits(const HitNoise& noise, int seeds, int items, Random& random) {
  const std::vector<Item> drawn = DrawItems(noise.item, items, random);
  HitArms arms;
  for (int i = 0; i < seeds; ++i) {
    arms.a.push_back(DrawRun(drawn, &Item::to_a, noise.seed * DrawNormal(random), random));
    arms.b.push_back(DrawRun(drawn, &Item::to_b, noise.seed * DrawNormal(random), random));
  }
  return arms;
}

double SimulatedShare(int samples, const std::function<bool(Random&)>& holds) {
  Random random(20'260'101);
  int held = 0;
  for (int sample = 0; sample < samples; ++sample) held += holds(random);
  return held / static_cast<double>(samples);
}

double Tolerance(double share, int samples) { return 4 * std::sqrt(share * (1 - share) / samples); }

}  // namespace sweepformer
