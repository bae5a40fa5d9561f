#include "orchestrator/sched/plan.h"

#include <algorithm>

namespace sweepformer {

Plan::Plan(std::vector<PlannedWork> work, std::vector<RunState> states)
    : work_(std::move(work)), states_(std::move(states)), lineage_(work_) {
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
    if (IsReady(run) && pool.Fits(work_[run].need)) return run;
  return {};
}

bool Plan::IsReady(std::size_t run) const {
  if (states_[run] != RunState::kPending) return false;
  const auto parent = lineage_.ParentOf(run);
  return !parent || states_[*parent] == RunState::kSucceeded;
}

std::vector<std::size_t> Plan::AbortHeirsOf(std::size_t run) {
  std::vector<std::size_t> aborted;
  for (const std::size_t heir : lineage_.HeirsOf(run)) {
    if (states_[heir] != RunState::kPending) continue;
    SetState(heir, RunState::kAborted);
    aborted.push_back(heir);
  }
  return aborted;
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
    case RunState::kAborted: return &counts_.aborted;
    default: return nullptr;
  }
}

}  // namespace sweepformer
