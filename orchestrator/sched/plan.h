#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "orchestrator/core/run_config.h"
#include "orchestrator/sched/resources.h"

namespace sweepformer {

/// A run of the plan with what its launch needs.
struct PlannedWork {
  RunConfig config;
  std::string label;
  Limits limits;
  Resources need;
};

/// How many runs are where. `left` are pending ones.
struct PlanCounts {
  int total = 0;
  int succeeded = 0;
  int reused = 0;  ///< of the succeeded: before this plan began
  int failed = 0;
  int running = 0;
  int left = 0;
};

/// Pure bookkeeping of which runs are wanted, running and done. Whatever is neither succeeded nor
/// finally failed is wanted, in the order given.
class Plan {
 public:
  /// `states` has the state of each run as the store knows it.
  Plan(std::vector<PlannedWork> work, std::vector<RunState> states);

  const PlannedWork& work(std::size_t run) const { return work_[run]; }
  RunState state(std::size_t run) const { return states_[run]; }
  std::size_t size() const { return work_.size(); }

  /// The first wanted run whose needs fit into what `pool` has free.
  std::optional<std::size_t> FindWork(const ResourcePool& pool) const;

  void SetState(std::size_t run, RunState state);
  PlanCounts Counts() const { return counts_; }

 private:
  int* Counter(RunState state);

  std::vector<PlannedWork> work_;
  std::vector<RunState> states_;
  PlanCounts counts_;
  mutable std::size_t first_wanted_ = 0;  ///< no run before it is wanted
};

}  // namespace sweepformer
