#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "orchestrator/core/run_config.h"
#include "orchestrator/sched/lineage.h"

namespace sweepformer {

/// How many runs are where. `left` are pending ones.
struct PlanCounts {
  int total = 0;
  int succeeded = 0;
  int reused = 0;  ///< of the succeeded: before this plan began
  int failed = 0;
  int aborted = 0;  ///< never started: the run they start from failed
  int running = 0;
  int left = 0;
};

/// The counts before anything is started.
PlanCounts CountsOf(const std::vector<RunState>& states);

/// Pure bookkeeping of which runs are wanted, running and done. Whatever is neither succeeded nor
/// finally failed is wanted, in the order given, but only once the run it starts from has
/// succeeded.
class Plan {
 public:
  /// `states` has the state of each run as the store knows it.
  Plan(std::vector<PlannedWork> work, std::vector<RunState> states);

  const PlannedWork& work(std::size_t run) const { return work_[run]; }
  RunState state(std::size_t run) const { return states_[run]; }
  std::size_t size() const { return work_.size(); }

  /// The first wanted run whose needs fit into what `pool` has free. One that runs alone only once
  /// nothing is running, those that were postponed last; and nothing beside it.
  std::optional<std::size_t> FindWork(const ResourcePool& pool) const;

  void SetState(std::size_t run, RunState state);

  /// On what terms the run is launched from now on.
  void SetTerms(std::size_t run, std::shared_ptr<const LaunchTerms> terms);

  /// Of the runs that run alone, let those go first that were postponed less often.
  void Postpone(std::size_t run) { ++postponed_[run]; }

  /// Gives up what waits for `run`, over however many runs between: it has failed for good.
  /// Returns the runs given up; those among them that have a result just keep it, and are not
  /// named.
  std::vector<std::size_t> AbortHeirsOf(std::size_t run);

  PlanCounts Counts() const { return counts_; }

 private:
  bool IsReady(std::size_t run) const;
  std::optional<std::size_t> FindAlone(std::size_t first) const;
  int PostponedTimes(std::size_t run) const;

  std::vector<PlannedWork> work_;
  std::vector<RunState> states_;
  Lineage lineage_;
  PlanCounts counts_;
  Resources least_need_;  ///< of all runs: what does not hold this, holds none
  int running_alone_ = 0;
  std::map<std::size_t, int> postponed_;
  mutable std::size_t first_wanted_ = 0;  ///< no run before it is wanted
};

}  // namespace sweepformer
