#include "orchestrator/sched/lineage.h"

#include <algorithm>
#include <unordered_map>

namespace sweepformer {
namespace {

bool HasParent(const PlannedWork& work) { return !work.config.parent().empty(); }

/// Ended for good without the weights its children need.
bool IsBarren(RunState state) {
  return IsFinal(state) && state != RunState::kSucceeded && state != RunState::kAborted;
}

}  // namespace

Lineage::Lineage(const std::vector<PlannedWork>& work) {
  if (std::none_of(work.begin(), work.end(), HasParent)) return;
  std::unordered_map<std::string, std::size_t> place;
  for (std::size_t run = 0; run < work.size(); ++run) place.emplace(work[run].config.id(), run);
  parent_.resize(work.size());
  children_.resize(work.size());
  for (std::size_t run = 0; run < work.size(); ++run) {
    const auto it = place.find(work[run].config.parent());
    if (it == place.end()) continue;
    parent_[run] = it->second;
    children_[it->second].push_back(run);
  }
}

std::optional<std::size_t> Lineage::ParentOf(std::size_t run) const {
  return parent_.empty() ? std::nullopt : parent_[run];
}

std::vector<std::size_t> Lineage::HeirsOf(std::size_t run) const {
  if (children_.empty()) return {};
  std::vector<std::size_t> heirs = children_[run];
  for (std::size_t i = 0; i < heirs.size(); ++i) {
    const auto& next = children_[heirs[i]];
    heirs.insert(heirs.end(), next.begin(), next.end());
  }
  return heirs;
}

std::vector<RunState> SettleStates(const std::vector<PlannedWork>& work,
                                   std::vector<RunState> states,
                                   const std::function<bool(const std::string& run)>& has_weights) {
  const Lineage lineage(work);
  std::replace(states.begin(), states.end(), RunState::kAborted, RunState::kPending);
  for (std::size_t run = 0; run < work.size(); ++run) {
    if (IsBarren(states[run]))
      for (const std::size_t heir : lineage.HeirsOf(run))
        if (states[heir] == RunState::kPending) states[heir] = RunState::kAborted;
  }
  for (std::size_t run = 0; run < work.size(); ++run) {
    if (states[run] != RunState::kPending) continue;
    auto parent = lineage.ParentOf(run);
    while (parent && states[*parent] == RunState::kSucceeded &&
           !has_weights(work[*parent].config.id())) {
      states[*parent] = RunState::kPending;
      parent = lineage.ParentOf(*parent);
    }
  }
  return states;
}

}  // namespace sweepformer
