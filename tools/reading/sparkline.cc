#include "tools/reading/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

namespace sweepformer {
namespace {

using Bars = std::array<std::string_view, 8>;
constexpr Bars kUnicode = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr Bars kAscii = {"_", ".", "-", ":", "=", "+", "*", "#"};

/// The mean of what is a number in [begin, end); NaN if nothing is.
double MeanOf(const double* begin, const double* end) {
  double sum = 0;
  int count = 0;
  for (const double* value = begin; value != end; ++value) {
    if (std::isnan(*value)) continue;
    sum += *value;
    ++count;
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

/// At most `width` values, each the mean of as many of the others as the next.
std::vector<double> Condensed(const std::vector<double>& values, std::size_t width) {
  const std::size_t bars = std::min(width, values.size());
  std::vector<double> means;
  for (std::size_t bar = 0; bar < bars; ++bar) {
    const double* begin = values.data();
    means.push_back(
        MeanOf(begin + bar * values.size() / bars, begin + (bar + 1) * values.size() / bars));
  }
  return means;
}

struct Range {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};

Range FiniteRange(const std::vector<double>& values) {
  Range range;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    range.least = std::min(range.least, value);
    range.greatest = std::max(range.greatest, value);
  }
  return range;
}

/// The place of `value`, which is no NaN, among the eight bars.
std::size_t HeightOf(double value, const Range& range) {
  if (std::isinf(value)) return value > 0 ? 7 : 0;
  if (range.least == range.greatest) return 3;
  const double span = range.greatest / 2 - range.least / 2;  // halves: the whole may overflow
  return static_cast<std::size_t>(std::lround(7 * ((value / 2 - range.least / 2) / span)));
}

}  // namespace

std::string Sparkline(const std::vector<double>& values, std::size_t width, bool unicode) {
  const std::vector<double> means = Condensed(values, width);
  const Range range = FiniteRange(means);
  const Bars& bars = unicode ? kUnicode : kAscii;
  std::string line;
  for (const double mean : means) {
    line += std::isnan(mean) ? std::string_view(" ") : bars[HeightOf(mean, range)];
  }
  return line;
}

}  // namespace sweepformer
