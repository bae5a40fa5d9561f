#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "results/statistics/hit_bits.h"
#include "results/statistics/random.h"

namespace sweepformer {

/// Runs as they come out under ever new seeds, with what an interval of them should contain.
struct Population {
  std::string_view name;
  std::function<double(Random&)> draw;
  double mean;
  double iqm;
};

/// Standard normal, by Box and Muller.
double DrawNormal(Random& random);

Population NormalSeeds();
Population LogNormalSeeds();   ///< skewed: e to a standard normal
Population CollapsingSeeds();  ///< accuracy 0.85 ± 0.01, but one run in ten is at chance, 0.5

std::vector<double> Draw(const Population& population, int n, Random& random);

/// Where the two arms of a comparison of hits get their noise from, in deviations of a run's own
/// noise per item.
struct HitNoise {
  std::string_view name;
  double seed;  ///< how good a seed is
  double item;  ///< how much an item suits one arm
};

/// The hits of `seeds` runs of each of two arms that are equally good. A run is right on an item if
/// the item is easy enough for its arm, its seed and its luck.
struct HitArms {
  std::vector<HitBits> a, b;
};
HitArms DrawHits(const HitNoise& noise, int seeds, int items, Random& random);

/// The share of `samples` in which `holds` holds. Always the same draws: a test of it cannot flake.
double SimulatedShare(int samples, const std::function<bool(Random&)>& holds);

/// Four standard errors of a simulated share whose truth is `share`. A correct program is further
/// off for fewer than 1 in 10,000 choices of the draws.
double Tolerance(double share, int samples);

}  // namespace sweepformer
