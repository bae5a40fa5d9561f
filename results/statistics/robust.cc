#include "results/statistics/robust.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace sweepformer {
namespace {

std::vector<double> Sorted(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  return sorted;
}

std::span<const double> Middle(std::span<const double> sorted) {
  const std::size_t cut = sorted.size() / 4;
  return sorted.subspan(cut, sorted.size() - 2 * cut);
}

/// Sample deviation with every value cut off moved to the nearest that is not.
std::optional<double> WinsorizedDeviation(std::vector<double> sorted) {
  const auto middle = Middle(sorted);
  const double low = middle.front();
  const double high = middle.back();
  for (double& value : sorted) value = std::clamp(value, low, high);
  return SpreadOf(sorted).sd;
}

}  // namespace

std::optional<double> Iqm(std::span<const double> values) {
  return SpreadOf(Middle(Sorted(values))).mean;
}

std::optional<Interval> IqmInterval(std::span<const double> values, double level) {
  if (values.size() < kSmallestIqmInterval) return {};
  const std::vector<double> sorted = Sorted(values);
  const std::optional<double> sd = WinsorizedDeviation(sorted);
  if (!sd) return {};
  const double n = static_cast<double>(sorted.size());
  const double middle = static_cast<double>(Middle(sorted).size());
  const double error = *sd * std::sqrt((n - 1) / (middle * (middle - 1)));
  const double iqm = *Iqm(values), half = TwoSidedT(middle - 1, level) * error;
  return Interval{iqm - half, iqm + half};
}

}  // namespace sweepformer
