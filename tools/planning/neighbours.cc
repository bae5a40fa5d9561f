#include "tools/planning/neighbours.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace sweepformer {
namespace {

constexpr std::int32_t kUnknown = -1;

double LargestOf(const std::vector<double>& values) {
  return *std::max_element(values.begin(), values.end());
}

/// What a form says of a cell, corrected by what was `seen` where it said `there`.
double Corrected(double form, double seen, double there) {
  return std::max(form + (seen - there), form * std::min(seen / there, 1.0));
}

}  // namespace

double MedianOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : std::midpoint(values[half - 1], values[half]);
}

Neighbours::Neighbours(const std::vector<FinishedCell>& finished, DeclaredFigure cost,
                       DeclaredFigure memory)
    : finished_(finished), cost_(std::move(cost)), memory_(std::move(memory)) {
  for (const FinishedCell& cell : finished_) {
    if (!cell.seconds.empty()) Learn(cell.parameters);
  }
  for (std::size_t i = 0; i < finished_.size(); ++i) {
    const FinishedCell& cell = finished_[i];
    if (cell.seconds.empty()) continue;
    own_.emplace(cell.cell, i);
    if (cell.parameters.empty()) continue;
    neighbours_.push_back(
        {i, Encode(cell.parameters), cost_.At(cell.parameters), memory_.At(cell.parameters)});
  }
}

void Neighbours::Learn(const Parameters& parameters) {
  for (const auto& [name, value] : parameters) {
    auto& codes = values_[name];
    codes.emplace(value, static_cast<std::int32_t>(codes.size()) + 1);
  }
}

/// A parameter that no neighbour has is as far from all of them, so it is left out.
Neighbours::Codes Neighbours::Encode(const Parameters& parameters) const {
  Codes codes;
  codes.reserve(values_.size());
  for (const auto& [name, known] : values_) {
    const auto given = parameters.find(name);
    if (given == parameters.end()) {
      codes.push_back(0);
      continue;
    }
    const auto code = known.find(given->second);
    codes.push_back(code == known.end() ? kUnknown : code->second);
  }
  return codes;
}

std::vector<const Neighbours::Neighbour*> Neighbours::NearestTo(const Codes& codes) const {
  std::vector<const Neighbour*> nearest;
  int least = std::numeric_limits<int>::max();
  for (const Neighbour& neighbour : neighbours_) {
    const int distance = std::inner_product(codes.begin(), codes.end(), neighbour.codes.begin(), 0,
                                            std::plus<>(), std::not_equal_to<>());
    if (distance > least) continue;
    if (distance < least) nearest.clear();
    least = distance;
    nearest.push_back(&neighbour);
  }
  return nearest;
}

std::optional<RunForecast> Neighbours::Forecast(const std::string& cell,
                                                const Parameters& parameters) {
  RunForecast forecast;
  std::vector<double> seconds;
  const auto take = [&](std::size_t place, double factor) {
    const FinishedCell& from = finished_[place];
    seconds.push_back(MedianOf(from.seconds) * factor);
    forecast.cells.push_back(place);
  };
  if (const auto own = own_.find(cell); own != own_.end()) {
    forecast.same_cell = true;
    take(own->second, 1);
  } else {
    const auto cost = cost_.At(parameters);
    for (const Neighbour* near : NearestTo(Encode(parameters))) {
      take(near->cell, cost && near->cost ? *cost / *near->cost : 1);
    }
  }
  if (seconds.empty()) return {};
  forecast.seconds = MedianOf(std::move(seconds));
  return forecast;
}

std::optional<PeakForecast> Neighbours::PeakOf(const std::string& cell,
                                               const Parameters& parameters) {
  if (const auto own = own_.find(cell); own != own_.end()) {
    const std::vector<double>& peaks = finished_[own->second].peak_rss_bytes;
    if (!peaks.empty()) return PeakForecast{LargestOf(peaks), PeakBasis::kOwnCell};
  }
  const auto form = memory_.At(parameters);
  std::optional<PeakForecast> forecast;
  for (const Neighbour* near : NearestTo(Encode(parameters))) {
    const std::vector<double>& peaks = finished_[near->cell].peak_rss_bytes;
    if (peaks.empty()) continue;
    const double seen = LargestOf(peaks);
    const double bytes = form && near->memory ? Corrected(*form, seen, *near->memory) : seen;
    if (!forecast || bytes > forecast->bytes) {
      forecast = PeakForecast{bytes, PeakBasis::kNeighbours};
    }
  }
  if (!forecast && form) forecast = PeakForecast{*form, PeakBasis::kDeclared};
  return forecast;
}

}  // namespace sweepformer
