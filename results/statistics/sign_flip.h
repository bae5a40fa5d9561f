#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace sweepformer {

/// Up to this many differences all 2^n sign patterns are counted; beyond, patterns are drawn.
inline constexpr int kMostExactFlips = 20;

/// How many patterns are drawn, the one that was seen among them.
inline constexpr int kDrawnFlips = 20'000;

/// Two-sided p of the sign-flip test (Fisher 1935): the share of sign patterns that put the sum of
/// the differences at least as far from 0 as it is. If the sign of each difference is a toss-up,
/// P(p <= a) <= a for every a, whatever the distribution. Sums that differ by less than 1e-10 of
/// the sum of the absolute values are ties, so that rounding does not decide.
/// Beyond kMostExactFlips the patterns are drawn, always the same ones for the same n: the share is
/// then (1 + drawn ones as far) / kDrawnFlips, which keeps P(p <= a) <= a (Phipson, Smyth 2010).
/// None for n = 0 and where a difference is not finite. 10,000 differences take milliseconds.
std::optional<double> SignFlipP(std::span<const double> differences);

/// The least p that n differences can give, 2 / 2^n: all of one sign. 1 for n = 0.
double SmallestSignFlipP(int n);

}  // namespace sweepformer
