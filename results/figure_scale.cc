#include "results/figure_scale.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "orchestrator/core/value.h"

namespace sweepformer {
namespace {

constexpr int kMostDecimals = 6;
constexpr double kLarge = 1e15;      ///< from here on digits before the point tell nothing
constexpr double kRounding = 1e-12;  ///< share of the typical figure that may come of rounding

int Magnitude(double number) { return static_cast<int>(std::floor(std::log10(number))); }

/// Decimals that show `digits` significant digits of `number`.
int DecimalsFor(double number, int digits) {
  return std::clamp(digits - 1 - Magnitude(number), 0, kMostDecimals);
}

double Largest(const std::vector<Spread>& spreads) {
  double largest = 0;
  for (const Spread& spread : spreads) {
    const double size = std::abs(spread.mean.value_or(0));
    if (std::isfinite(size)) largest = std::max(largest, size);
  }
  return largest;
}

/// The median size; 0 if there is none.
double TypicalFigure(const std::vector<Spread>& spreads) {
  std::vector<double> sizes;
  for (const Spread& spread : spreads) {
    if (spread.mean && std::isfinite(*spread.mean)) sizes.push_back(std::abs(*spread.mean));
  }
  return MiddleOf(std::move(sizes));
}

/// The median of the deviations above `least`; 0 if there is none.
double TypicalDeviation(const std::vector<Spread>& spreads, double least) {
  std::vector<double> deviations;
  for (const Spread& spread : spreads) {
    if (spread.sd && *spread.sd > least) deviations.push_back(*spread.sd);
  }
  return MiddleOf(std::move(deviations));
}

bool AllWhole(const std::vector<Spread>& spreads) {
  return std::all_of(spreads.begin(), spreads.end(), [](const Spread& spread) {
    return !spread.mean || std::trunc(*spread.mean) == *spread.mean;
  });
}

std::string WithoutMinusZero(std::string text) {
  const bool zero = text.find_first_not_of("-0.") == std::string::npos;
  return zero && text.front() == '-' ? text.substr(1) : text;
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
  const double largest = Largest(spreads);
  scale.rounding_ = kRounding * TypicalFigure(spreads);
  if (unit == "bytes") {
    const Unit binary = BinaryUnit(largest);
    scale.divisor_ = binary.divisor;
    scale.unit_ = binary.name;
  }
  scale.Suit(spreads);
  return scale;
}

FigureScale FigureScale::Refined(const std::vector<Spread>& spreads) const {
  FigureScale scale = *this;
  scale.Suit(spreads);
  return scale;
}

void FigureScale::Suit(const std::vector<Spread>& spreads) {
  const double largest = Largest(spreads), deviation = TypicalDeviation(spreads, rounding_);
  const double size = std::max(largest, deviation);
  if (size <= rounding_) return;
  const int magnitude = Magnitude(size / divisor_);
  exponent_ = magnitude <= -kMostDecimals;
  const double one = exponent_ ? divisor_ * std::pow(10.0, magnitude) : divisor_;
  const bool whole = one == 1 && AllWhole(spreads);
  int decimals = 0;
  if (deviation > 0) {
    decimals = DecimalsFor(deviation / one, 2);
  } else if (!whole) {
    decimals = DecimalsFor(largest / one, 4);
  }
  decimals_ = exponent_ ? decimals : std::max(decimals_, decimals);
}

std::string FigureScale::Format(double number) const {
  if (!std::isfinite(number)) return FormatNumber(number);
  if (std::abs(number / divisor_) >= kLarge) return fmt::format("{:.4g}", number / divisor_);
  if (exponent_) return number == 0 ? "0" : fmt::format("{:.{}e}", number / divisor_, decimals_);
  return WithoutMinusZero(fmt::format("{:.{}f}", number / divisor_, decimals_));
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

std::string FormatToStep(double number, double step) {
  const int decimals = step > 0 && std::isfinite(step) ? std::max(0, -Magnitude(step)) : 0;
  const bool plain = decimals <= kMostDecimals && std::abs(number) < kLarge;
  return WithoutMinusZero(plain ? fmt::format("{:.{}f}", number, decimals)
                                : fmt::format("{:.2g}", number));
}

std::string FormatFigure(double number, const std::string& unit) {
  const FigureScale scale = FigureScale::Fit(unit, {{1, number, {}}});
  if (unit == "bytes") {
    return fmt::format("{} {}", scale.Format(number), BinaryUnit(std::abs(number)).name);
  }
  return unit.empty() ? scale.Format(number) : fmt::format("{} {}", scale.Format(number), unit);
}

}  // namespace sweepformer
