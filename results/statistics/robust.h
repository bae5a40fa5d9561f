#pragma once

#include <optional>
#include <span>

#include "results/statistics/intervals.h"

namespace sweepformer {

/// Interquartile mean: the mean without the floor(n / 4) smallest and as many largest values, as
/// rliable computes it (Agarwal et al. 2021, arXiv:2108.13264); of three values the mean. A run
/// that collapsed does not move it. None for n = 0 and where infinities of both signs remain.
std::optional<double> Iqm(std::span<const double> values);

/// The least n for which IqmInterval holds what it says (STATISTICS.md).
inline constexpr int kSmallestIqmInterval = 2;

/// Tukey and McLaughlin's interval of a trimmed mean (Sankhya A 1963): its error from the deviation
/// of the winsorized values, Student's t with as many degrees of freedom as remaining values but
/// one. None below kSmallestIqmInterval and where the winsorized values are not finite.
std::optional<Interval> IqmInterval(std::span<const double> values, double level = 0.95);

}  // namespace sweepformer
