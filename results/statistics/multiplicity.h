#pragma once

#include <span>
#include <vector>

namespace sweepformer {

/// Holm's step-down adjustment (Holm 1979) of the p-values of one family, in their order: calling
/// distinguishable what is at most a wrongs one or more of the family with probability a at most,
/// whatever their dependence. A NaN, a comparison that has no p, stays NaN and does not count.
std::vector<double> HolmAdjusted(std::span<const double> p);

}  // namespace sweepformer
