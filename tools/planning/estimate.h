#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "orchestrator/sched/resources.h"
#include "tools/planning/neighbours.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What is left of a plan is expected to take here.
struct PlanEstimate {
  double seconds = 0;
  double run_seconds = 0;           ///< of all runs, one after the other
  std::int64_t from_runs = 0;       ///< finished ones it comes from
  std::int64_t same_cell_runs = 0;  ///< of these, of a cell that has more to run
};

/// What is left of a plan is expected to hold here, a run at most.
struct PeakEstimate {
  PeakForecast peak;
  std::size_t run = 0;          ///< in the plan, the first of those expected to hold so much
  bool beyond_machine = false;  ///< more than there is
};

/// Each run holds its share of the machine, which is that of the resource it takes most of; a plan
/// takes as long as the shares add up to, and at least as long as its longest run. Nothing if no
/// run is left or none has finished to go by. `states` has the state of each run.
std::optional<PlanEstimate> EstimateOf(const SweepPlan& plan, const std::vector<RunState>& states,
                                       const ResourcePool& pool,
                                       const std::vector<FinishedCell>& finished,
                                       Neighbours& neighbours);

/// Nothing if no run is left or of one of them nothing is known. Probes hold what trainings do.
std::optional<PeakEstimate> LargestPeakOf(const SweepPlan& plan,
                                          const std::vector<RunState>& states,
                                          const ResourcePool& pool, Neighbours& neighbours);

/// A length of time as far as an estimate is to be believed: "under a minute", "12 min", "3.5 h",
/// "9 days".
std::string RoughDuration(double seconds);

}  // namespace sweepformer
