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

double MedianSecondsOf(std::size_t batch, const Timings& timings) {
  std::vector<double> seconds;
  for (std::size_t i = batch; i < timings.steps.size(); i += timings.batches)
    seconds.push_back(timings.steps[i].seconds);
  return SpreadOf(std::move(seconds)).median;
}

/// Of `amount`, which steps hold, per second.
Spread RateOf(double TimedStep::*amount, const Timings& timings) {
  double of_pass = 0, seconds_of_pass = 0;
  for (std::size_t batch = 0; batch < timings.batches; ++batch) {
    of_pass += timings.steps[batch].*amount;
    seconds_of_pass += MedianSecondsOf(batch, timings);
  }
  std::vector<double> of_passes;
  for (std::size_t first = 0; first < timings.steps.size(); first += timings.batches) {
    double seconds = 0;
    for (std::size_t i = 0; i < timings.batches; ++i) seconds += timings.steps[first + i].seconds;
    of_passes.push_back(of_pass / seconds);
  }
  return {of_pass / seconds_of_pass, SpreadOf(std::move(of_passes)).iqr};
}

}  // namespace

Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {Quantile(values, 0.5), Quantile(values, 0.75) - Quantile(values, 0.25)};
}

Spread Timings::samples_per_second() const { return RateOf(&TimedStep::samples, *this); }

Spread Timings::tokens_per_second() const { return RateOf(&TimedStep::tokens, *this); }

Spread Timings::seconds() const {
  std::vector<double> seconds;
  for (const TimedStep& step : steps) seconds.push_back(step.seconds);
  return SpreadOf(std::move(seconds));
}

}  // namespace sweepformer::model
