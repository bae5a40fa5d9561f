#include "results/statistics/spread.h"

#include <cmath>

namespace sweepformer {
namespace {

std::vector<double> AllOf(const BySeed& by_seed) {
  std::vector<double> all;
  for (const auto& [seed, values] : by_seed) all.insert(all.end(), values.begin(), values.end());
  return all;
}

double MeanOf(std::span<const double> values) {
  const double first = values.front();
  const double n = static_cast<double>(values.size());
  double apart = 0;
  double mean = 0;
  for (const double value : values) {
    apart += value - first;
    mean += value / n;
  }
  return std::isfinite(apart) ? first + apart / n : mean;
}

}  // namespace

Spread SpreadOf(std::span<const double> values) {
  Spread spread;
  spread.n = static_cast<int>(values.size());
  if (values.empty()) return spread;
  const double mean = MeanOf(values);
  if (!std::isnan(mean)) spread.mean = mean;
  if (values.size() < 2 || !std::isfinite(mean)) return spread;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / static_cast<double>(values.size() - 1));
  if (std::isfinite(sd)) spread.sd = sd;
  return spread;
}

std::optional<Difference> DifferenceOf(const BySeed& group, const BySeed& baseline) {
  if (group.empty() || baseline.empty()) return {};
  std::vector<double> differences;
  for (const auto& [seed, values] : group) {
    const auto it = baseline.find(seed);
    if (it != baseline.end()) differences.push_back(MeanOf(values) - MeanOf(it->second));
  }
  if (!differences.empty()) return Difference{true, SpreadOf(differences)};
  Difference difference{false, {}};
  difference.spread.mean = MeanOf(AllOf(group)) - MeanOf(AllOf(baseline));
  return difference;
}

}  // namespace sweepformer
