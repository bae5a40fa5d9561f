#pragma once

#include <string>
#include <vector>

#include "results/statistics/spread.h"

namespace sweepformer {

/// How the figures of one column are printed: one unit and one number of decimals for all.
class FigureScale {
 public:
  /// Decimals so that the typical (median) standard deviation shows two digits; four significant
  /// digits where there is none, and none for whole numbers. A unit of "bytes" becomes the binary
  /// one that suits the largest. Numbers from 1e15 on are written with an exponent, and all where
  /// six decimals do not show them.
  static FigureScale Fit(const std::string& unit, const std::vector<Spread>& spreads);

  /// The same unit, with the decimals that these figures need if they need more.
  FigureScale Refined(const std::vector<Spread>& spreads) const;

  /// Whether a deviation is so small beside the figures that it may come of rounding.
  bool IsRounding(double deviation) const { return deviation <= rounding_; }

  std::string Format(double number) const;
  std::string FormatSigned(double number) const;

  /// The name, with the unit where it does not say it itself.
  std::string Header(const std::string& name) const;

 private:
  void Suit(const std::vector<Spread>& spreads);

  double divisor_ = 1;
  double rounding_ = 0;
  bool exponent_ = false;
  int decimals_ = 0;  ///< of the mantissa if there is an exponent
  std::string unit_;
};

/// A number with the decimals that the first digit of `step` has; no longer than it need be where
/// those are more than six, or the number is from 1e15 on.
std::string FormatToStep(double number, double step);

/// One number with a unit, for where there is no column to fit: four significant digits.
std::string FormatFigure(double number, const std::string& unit);

}  // namespace sweepformer
