#include "orchestrator/sched/plan.h"

#include <algorithm>

namespace sweepformer {

Plan::Plan(std::vector<PlannedWork> work, std::vector<RunState> states)
    : work_(std::move(work)), states_(std::move(states)) {
  counts_.total = static_cast<int>(work_.size());
  for (const RunState state : states_) {
    if (state == RunState::kSucceeded) ++counts_.reused;
    if (int* counter = Counter(state)) ++*counter;
  }
}

std::optional<std::size_t> Plan::FindWork(const ResourcePool& pool) const {
  while (first_wanted_ < states_.size() && states_[first_wanted_] != RunState::kPending)
    ++first_wanted_;
  for (std::size_t run = first_wanted_; run < states_.size(); ++run)
    if (states_[run] == RunState::kPending && pool.Fits(work_[run].need)) return run;
  return {};
}

void Plan::SetState(std::size_t run, RunState state) {
  if (int* counter = Counter(states_[run])) --*counter;
  if (int* counter = Counter(state)) ++*counter;
  states_[run] = state;
  if (state == RunState::kPending) first_wanted_ = std::min(first_wanted_, run);
}

int* Plan::Counter(RunState state) {
  switch (state) {
    case RunState::kPending: return &counts_.left;
    case RunState::kRunning: return &counts_.running;
    case RunState::kSucceeded: return &counts_.succeeded;
    case RunState::kFailed: return &counts_.failed;
    default: return nullptr;
  }
}

}  // namespace sweepformer
