#include "results/seed_noise.h"

#include <cmath>
#include <numbers>

#include "results/statistics/spread.h"

namespace sweepformer {
namespace {

/// Sums of squares and their degrees of freedom over groups that differ in their mean.
class PooledDeviation {
 public:
  void Add(const std::vector<double>& group) {
    const Spread spread = SpreadOf(group);
    if (!spread.sd) return;
    squares_ += *spread.sd * *spread.sd * (spread.n - 1);
    freedom_ += spread.n - 1;
  }

  std::optional<double> sd() const {
    if (freedom_ == 0) return {};
    return std::sqrt(squares_ / freedom_);
  }

 private:
  double squares_ = 0;
  int freedom_ = 0;
};

std::vector<double> Differences(const FiguresBySeed& cell, const FiguresBySeed& other) {
  std::vector<double> differences;
  for (const auto& [seed, figure] : cell) {
    const auto it = other.find(seed);
    if (it == other.end()) continue;
    const double difference = figure - it->second;
    if (std::isfinite(difference)) differences.push_back(difference);
  }
  return differences;
}

std::vector<double> Figures(const FiguresBySeed& cell) {
  std::vector<double> figures;
  for (const auto& [seed, figure] : cell) {
    if (std::isfinite(figure)) figures.push_back(figure);
  }
  return figures;
}

}  // namespace

std::optional<SeedNoise> SeedNoiseOf(const std::vector<const FiguresBySeed*>& cells) {
  PooledDeviation paired, within;
  SeedNoise noise;
  const FiguresBySeed* before = nullptr;
  for (const FiguresBySeed* cell : cells) {
    if (before) paired.Add(Differences(*cell, *before));
    within.Add(Figures(*cell));
    noise.runs += static_cast<int>(cell->size());
    before = cell;
  }
  noise.paired = paired.sd().has_value();
  if (!noise.paired && !within.sd()) return {};
  noise.sd = noise.paired ? *paired.sd() : std::numbers::sqrt2 * *within.sd();
  return noise;
}

}  // namespace sweepformer
