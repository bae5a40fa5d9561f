#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sweepformer {

/// `values` as bars of eight heights from the least to the greatest, one character each and at most
/// `width`, which is positive: where there are more values, a bar is the mean of several. NaN is a
/// gap and counts for no mean, infinities are the least or greatest bar, equal values half-high.
/// ▁▂▃▄▅▆▇█, or _.-:=+*# without `unicode`.
std::string Sparkline(const std::vector<double>& values, std::size_t width, bool unicode);

}  // namespace sweepformer
