#pragma once

#include <optional>
#include <string>
#include <vector>

#include "results/comparison.h"

namespace sweepformer {

/// What is looked for.
struct BestRequest {
  std::string metric;
  std::optional<std::string> within;  ///< SQL over the means of the comparison's metrics
};

/// The best group of a comparison, and who cannot be told from it.
struct BestGroups {
  std::size_t metric = 0;  ///< of the comparison
  Goal goal = Goal::kMaximize;
  std::vector<std::size_t> ranking;  ///< groups of finite mean for which `within` holds, the best
                                     ///< first
  std::vector<std::optional<Difference>>
      behind;         ///< of each to the first, Holm-adjusted among all pairs; of the first none
  int left_out = 0;   ///< groups for which `within` does not hold
  Warnings warnings;  ///< of the ranking, beside the comparison's own
};

/// NotFound if `within` leaves nothing of finite mean; InvalidArgument for a metric that is not
/// compared or has no goal, and for a rule that does not parse.
Result<BestGroups> FindBest(const Comparison& comparison, const BestRequest& request);

}  // namespace sweepformer
