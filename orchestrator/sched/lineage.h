#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "orchestrator/sched/planned_work.h"

namespace sweepformer {

/// Which runs of a plan start from which.
class Lineage {
 public:
  explicit Lineage(const std::vector<PlannedWork>& work);

  std::optional<std::size_t> ParentOf(std::size_t run) const;

  /// The runs that start from `run`, over however many runs between; parents before children.
  std::vector<std::size_t> HeirsOf(std::size_t run) const;

 private:
  std::vector<std::optional<std::size_t>> parent_;  ///< empty where no run has a parent
  std::vector<std::vector<std::size_t>> children_;
};

/// `states`, as the store has them, as a launch takes them: what was given up because its parent
/// had failed is wanted again unless the parent still stands failed; what waits for a failed run is
/// given up; a run that succeeded is wanted again if one that has not starts from it and
/// `has_weights` says that its weights were not kept.
std::vector<RunState> SettleStates(const std::vector<PlannedWork>& work,
                                   std::vector<RunState> states,
                                   const std::function<bool(const std::string& run)>& has_weights);

}  // namespace sweepformer
