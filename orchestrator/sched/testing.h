#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/exec/executor.h"
#include "orchestrator/sched/plan.h"

/// What the tests of this folder share.
namespace sweepformer::testing {

/// `count` runs of like needs that differ in the parameter x.
inline std::vector<PlannedWork> SomeWork(int count, Resources need = {{"slots", 1}}) {
  const auto terms = std::make_shared<const LaunchTerms>(LaunchTerms{"", {}, std::move(need)});
  std::vector<PlannedWork> work;
  for (int x = 0; x < count; ++x) {
    RunContent content;
    content.parameters = {{"x", std::int64_t{x}}};
    content.worker_version = "1";
    work.push_back({RunConfig(content), terms});
  }
  return work;
}

/// Runs that differ in x, each starting from the one at its place in `parents`, if any.
inline std::vector<PlannedWork> Family(const std::vector<std::optional<std::size_t>>& parents) {
  std::vector<PlannedWork> work = SomeWork(static_cast<int>(parents.size()));
  for (std::size_t run = 0; run < work.size(); ++run) {
    if (!parents[run]) continue;
    RunContent content = work[run].config.content();
    content.parent = work[*parents[run]].config.id();
    work[run].config = RunConfig(content);
    work[*parents[run]].keep_weights = true;
  }
  return work;
}

inline Plan PlanOf(std::vector<PlannedWork> work) {
  std::vector<RunState> states(work.size(), RunState::kPending);
  return Plan(std::move(work), std::move(states));
}

inline EndedEvent EndOf(std::int64_t attempt, int exit_code) {
  EndedEvent end;
  end.attempt = attempt;
  end.exit_code = exit_code;
  return end;
}

/// Starts nothing: an attempt ends at the next Wait as `exit_codes` say in turn (0 when they have
/// run out), after reporting the metric y = 10 and all that it `says`.
class FakeExecutor final : public Executor {
 public:
  Status Start(const LaunchRequest& request) override {
    started.push_back(request);
    if (on_start) on_start(request.attempt);
    if (!start_result.ok()) return start_result;
    waiting_.push_back(request.attempt);
    return {};
  }

  void Stop(std::int64_t attempt, StopHow how) override { stopped.emplace_back(attempt, how); }

  Result<std::vector<ExecutorEvent>> Wait(int) override {
    if (on_wait && on_wait()) return std::vector<ExecutorEvent>{};
    std::vector<ExecutorEvent> events = std::exchange(next, {});
    if (!events.empty() || waiting_.empty()) return events;
    const std::int64_t attempt = waiting_.front();
    waiting_.pop_front();
    events.emplace_back(AcceptedEvent{attempt, 100 + attempt, 5});
    events.emplace_back(ReportedEvent{attempt, MetricEvent{"y", 10, {}, ""}});
    for (const Event& event : says) {
      const ReportedEvent said{attempt, event};
      events.emplace_back(said);
    }
    int code = 0;
    if (!exit_codes.empty()) {
      code = exit_codes.front();
      exit_codes.pop_front();
    }
    events.emplace_back(EndOf(attempt, code));
    return events;
  }

  std::deque<int> exit_codes;
  std::vector<Event> says;
  std::vector<ExecutorEvent> next;  ///< what the next Wait returns instead
  Status start_result;
  std::function<void(std::int64_t attempt)> on_start;
  std::function<bool()> on_wait;  ///< true: nothing happens meanwhile
  std::vector<LaunchRequest> started;
  std::vector<std::pair<std::int64_t, StopHow>> stopped;

 private:
  std::deque<std::int64_t> waiting_;
};

}  // namespace sweepformer::testing
