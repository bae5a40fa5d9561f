#pragma once

#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace sweepformer {

/// Numbers in short: how many, where and how far apart.
struct Spread {
  int n = 0;
  std::optional<double> mean;  ///< none for n = 0 and where infinities of both signs cancel
  std::optional<double> sd;    ///< sample deviation; none for n < 2 and where it is not finite
};

/// Of values that are not NaN. Two passes, relative to the first value: equal values have exactly
/// no spread.
Spread SpreadOf(std::span<const double> values);
inline Spread SpreadOf(std::initializer_list<double> values) {
  return SpreadOf(std::span(values.begin(), values.size()));
}

/// The middle one, of an even number the larger of the middle two: one that occurs. 0 if there are
/// none. No NaN among them.
double MiddleOf(std::vector<double> values);

/// Values by the seed they were got with; a group of several cells has several to a seed.
using BySeed = std::map<std::int64_t, std::vector<double>>;

}  // namespace sweepformer
