#pragma once

#include <string_view>
#include <vector>

#include "results/comparison.h"

namespace sweepformer {

/// Where a group stands between all goals. Written as these words; append only.
enum class FrontPlace {
  kCertain,    ///< on the front, and distinguishably better than every other group in some metric
  kProbable,   ///< on or near the front as far as these seeds can tell
  kDominated,  ///< another is at least as good in every mean and distinguishably better in one
  kUnknown,    ///< lacks a figure
};

std::string_view FrontPlaceWord(FrontPlace place);  ///< certain, probable, dominated, unknown

struct ParetoFront {
  std::vector<std::size_t> metrics;                   ///< of the comparison, those with a goal
  std::vector<FrontPlace> places;                     ///< of its groups
  std::vector<std::optional<std::size_t>> dominator;  ///< of each dominated group, one that is
};

/// The Pareto front of a comparison over its metrics that have a goal. Two groups are distinguished
/// by the 95 % interval of their difference, paired by seed where they share seeds (Welch where
/// not), each pair for itself: without an adjustment, which would make the front larger. Groups of
/// equal means in every metric do not dominate one another and share the same place.
/// InvalidArgument if fewer than two metrics have a goal.
Result<ParetoFront> ParetoFrontOf(const Comparison& comparison);

}  // namespace sweepformer
