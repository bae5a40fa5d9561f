#include "orchestrator/sched/plan.h"

#include <algorithm>

namespace sweepformer {

namespace {

int* CounterOf(RunState state, PlanCounts& counts) {
  switch (state) {
    case RunState::kPending: return &counts.left;
    case RunState::kRunning: return &counts.running;
    case RunState::kSucceeded: return &counts.succeeded;
    case RunState::kFailed: return &counts.failed;
    case RunState::kAborted: return &counts.aborted;
    default: return nullptr;
  }
}

/// Leaves in `least` what `need` has too, as far as it is no more.
void Lower(Resources& least, const Resources& need) {
  std::erase_if(least, [&](const auto& part) { return !need.contains(part.first); });
  for (auto& [name, amount] : least) amount = std::min(amount, need.at(name));
}

/// Of what every run needs, the least.
Resources LeastNeed(const std::vector<PlannedWork>& work) {
  if (work.empty()) return {};
  Resources least = work.front().terms->need;
  const LaunchTerms* last = nullptr;
  for (const PlannedWork& one : work) {
    if (one.terms.get() == last) continue;  // runs of a cell share them
    last = one.terms.get();
    Lower(least, last->need);
  }
  return least;
}

}  // namespace

PlanCounts CountsOf(const std::vector<RunState>& states) {
  PlanCounts counts;
  counts.total = static_cast<int>(states.size());
  for (const RunState state : states) {
    if (int* counter = CounterOf(state, counts)) ++*counter;
  }
  counts.reused = counts.succeeded;
  return counts;
}

Plan::Plan(std::vector<PlannedWork> work, std::vector<RunState> states)
    : work_(std::move(work)),
      states_(std::move(states)),
      lineage_(work_),
      counts_(CountsOf(states_)),
      least_need_(LeastNeed(work_)) {}

std::optional<std::size_t> Plan::FindWork(const ResourcePool& pool) const {
  while (first_wanted_ < states_.size() && states_[first_wanted_] != RunState::kPending)
    ++first_wanted_;
  if (running_alone_ > 0 || !pool.Fits(least_need_)) return {};
  const LaunchTerms* too_much = nullptr;  // what did not fit just now: runs of a cell share theirs
  for (std::size_t run = first_wanted_; run < states_.size(); ++run) {
    const LaunchTerms* const terms = work_[run].terms.get();
    if (terms == too_much || !IsReady(run)) continue;
    if (!pool.Fits(terms->need)) {
      too_much = terms;
      continue;
    }
    if (!work_[run].alone) return run;
    return counts_.running == 0 ? FindAlone(run) : std::nullopt;
  }
  return {};
}

std::optional<std::size_t> Plan::FindAlone(std::size_t first) const {
  std::size_t best = first;
  for (std::size_t run = first; run < states_.size() && PostponedTimes(best) > 0; ++run) {
    if (!work_[run].alone || !IsReady(run)) continue;
    if (PostponedTimes(run) < PostponedTimes(best)) best = run;
  }
  return best;
}

int Plan::PostponedTimes(std::size_t run) const {
  const auto it = postponed_.find(run);
  return it == postponed_.end() ? 0 : it->second;
}

bool Plan::IsReady(std::size_t run) const {
  if (states_[run] != RunState::kPending) return false;
  const auto parent = lineage_.ParentOf(run);
  return !parent || states_[*parent] == RunState::kSucceeded;
}

void Plan::SetTerms(std::size_t run, std::shared_ptr<const LaunchTerms> terms) {
  Lower(least_need_, terms->need);
  work_[run].terms = std::move(terms);
}

std::vector<std::size_t> Plan::AbortHeirsOf(std::size_t run) {
  std::vector<std::size_t> aborted;
  for (const std::size_t heir : lineage_.HeirsOf(run)) {
    if (states_[heir] != RunState::kPending) continue;
    const bool has_result = work_[heir].has_result;
    SetState(heir, has_result ? RunState::kSucceeded : RunState::kAborted);
    if (!has_result) aborted.push_back(heir);
  }
  return aborted;
}

void Plan::SetState(std::size_t run, RunState state) {
  if (int* counter = CounterOf(states_[run], counts_)) --*counter;
  if (int* counter = CounterOf(state, counts_)) ++*counter;
  if (work_[run].alone) {
    running_alone_ += (state == RunState::kRunning) - (states_[run] == RunState::kRunning);
  }
  states_[run] = state;
  if (state == RunState::kPending) first_wanted_ = std::min(first_wanted_, run);
}

}  // namespace sweepformer
