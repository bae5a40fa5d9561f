#include "results/statistics/spread.h"

#include <algorithm>
#include <cmath>

namespace sweepformer {
namespace {

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

double MiddleOf(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace sweepformer
