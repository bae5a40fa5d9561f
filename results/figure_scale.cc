#include "results/figure_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/value.h"

namespace sweepformer {
namespace {

constexpr int kMostDecimals = 6;
constexpr double kLarge = 1e15;  ///< from here on digits before the point tell nothing

/// Decimals that show `digits` significant digits of `number`.
int DecimalsFor(double number, int digits) {
  const int magnitude = static_cast<int>(std::floor(std::log10(number)));
  return std::clamp(digits - 1 - magnitude, 0, kMostDecimals);
}

double Largest(const std::vector<Spread>& spreads) {
  double largest = 0;
  for (const Spread& spread : spreads) {
    const double size = std::abs(spread.mean.value_or(0));
    if (std::isfinite(size)) largest = std::max(largest, size);
  }
  return largest;
}

/// The median of the deviations that are not zero; 0 if there is none.
double TypicalDeviation(const std::vector<Spread>& spreads) {
  std::vector<double> deviations;
  for (const Spread& spread : spreads) {
    if (spread.sd && *spread.sd > 0) deviations.push_back(*spread.sd);
  }
  if (deviations.empty()) return 0;
  const auto middle = deviations.begin() + static_cast<std::ptrdiff_t>(deviations.size() / 2);
  std::nth_element(deviations.begin(), middle, deviations.end());
  return *middle;
}

bool AllWhole(const std::vector<Spread>& spreads) {
  return std::all_of(spreads.begin(), spreads.end(), [](const Spread& spread) {
    return !spread.mean || std::trunc(*spread.mean) == *spread.mean;
  });
}

/// Decimals that show the typical deviation or, where there is none, the largest figure.
int DecimalsOf(const std::vector<Spread>& spreads, double divisor) {
  const double deviation = TypicalDeviation(spreads), largest = Largest(spreads);
  if (deviation > 0) return DecimalsFor(deviation / divisor, 2);
  const bool whole = divisor == 1 && AllWhole(spreads);
  return largest > 0 && !whole ? DecimalsFor(largest / divisor, 4) : 0;
}

struct Unit {
  double divisor;
  const char* name;
};

Unit BinaryUnit(double largest) {
  constexpr double kKibi = 1024;
  if (largest >= kKibi * kKibi * kKibi) return {kKibi * kKibi * kKibi, "GiB"};
  if (largest >= kKibi * kKibi) return {kKibi * kKibi, "MiB"};
  if (largest >= kKibi) return {kKibi, "KiB"};
  return {1, "bytes"};
}

}  // namespace

FigureScale FigureScale::Fit(const std::string& unit, const std::vector<Spread>& spreads) {
  FigureScale scale;
  scale.unit_ = unit;
  if (unit == "bytes") {
    const Unit binary = BinaryUnit(Largest(spreads));
    scale.divisor_ = binary.divisor;
    scale.unit_ = binary.name;
  }
  scale.decimals_ = DecimalsOf(spreads, scale.divisor_);
  return scale;
}

FigureScale FigureScale::Refined(const std::vector<Spread>& spreads) const {
  FigureScale scale = *this;
  scale.decimals_ = std::max(decimals_, DecimalsOf(spreads, divisor_));
  return scale;
}

std::string FigureScale::Format(double number) const {
  if (!std::isfinite(number)) return FormatNumber(number);
  if (std::abs(number / divisor_) >= kLarge) return fmt::format("{:.4g}", number / divisor_);
  const std::string text = fmt::format("{:.{}f}", number / divisor_, decimals_);
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  return zero && text.front() == '-' ? text.substr(1) : text;
}

std::string FigureScale::FormatSigned(double number) const {
  const std::string text = Format(number);
  return text.front() == '-' ? text : "+" + text;
}

std::string FigureScale::Header(const std::string& name) const {
  const bool said = unit_.empty() || unit_ == "nats" || name.ends_with("_per_second") ||
                    name.ends_with("_seconds") || name.ends_with("_" + unit_);
  return said ? name : fmt::format("{} [{}]", name, unit_);
}

std::string FormatFigure(double number, const std::string& unit) {
  const FigureScale scale = FigureScale::Fit(unit, {{1, number, {}}});
  if (unit == "bytes") {
    return fmt::format("{} {}", scale.Format(number), BinaryUnit(std::abs(number)).name);
  }
  return unit.empty() ? scale.Format(number) : fmt::format("{} {}", scale.Format(number), unit);
}

}  // namespace sweepformer
