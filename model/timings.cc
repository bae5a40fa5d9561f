#include "model/timings.h"

#include <algorithm>
#include <cmath>

namespace sweepformer::model {
namespace {

double Quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], place - std::floor(place));
}

template <typename Figure>
Spread SpreadBy(const std::vector<TimedStep>& steps, Figure figure) {
  std::vector<double> values;
  for (const TimedStep& step : steps) values.push_back(figure(step));
  return SpreadOf(std::move(values));
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {Quantile(values, 0.5), Quantile(values, 0.75) - Quantile(values, 0.25)};
}

Spread Timings::samples_per_second() const {
  return SpreadBy(steps, [](const TimedStep& step) { return step.samples / step.seconds; });
}

Spread Timings::tokens_per_second() const {
  return SpreadBy(steps, [](const TimedStep& step) { return step.tokens / step.seconds; });
}

Spread Timings::seconds() const {
  return SpreadBy(steps, [](const TimedStep& step) { return step.seconds; });
}

}  // namespace sweepformer::model
