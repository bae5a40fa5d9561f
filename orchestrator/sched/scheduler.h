#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/status.h"
#include "orchestrator/exec/executor.h"
#include "orchestrator/sched/launcher.h"
#include "orchestrator/sched/progress.h"
#include "orchestrator/sched/reactor.h"
#include "results/store.h"

namespace sweepformer {

/// Whom the scheduler tells what happens. Calls come from the loop; they must not block for long.
class LaunchObserver {
 public:
  virtual ~LaunchObserver() = default;
  virtual void OnEnd(const TellEnd& end, const PlannedWork& work) = 0;
  virtual void OnNote(const TellNote& note, const PlannedWork& work) = 0;
  virtual void OnInterrupt(const TellInterrupt& interrupt) = 0;

  /// At least a few times a second while runs are under way.
  virtual void OnProgress(const PlanCounts& counts, const Pace& pace) = 0;
};

/// The loop: waits for events, has them applied, carries out what follows, starts what fits. All
/// that a round changes in the store, or a few in quick succession, is one transaction, and only
/// what is in the store is told, stopped or started. Single-threaded.
class Scheduler {
 public:
  Scheduler(ResultStore& store, Executor& executor, const LaunchSettings& settings,
            LaunchObserver& observer, TimeSource time = {})
      : store_(store),
        executor_(executor),
        settings_(settings),
        observer_(observer),
        clock_(std::move(time)) {}

  /// Returns when every run is done or an interrupt has ended what ran. InvalidArgument once what
  /// ran has ended if a watched file has changed; IoError, and what runs is asked to end, once the
  /// store is no longer the file at its path. Any other failure is trouble of the store or the
  /// executor; what was running is then for the next launch to recover.
  Status Run(Reactor& reactor);

 private:
  /// What a round leaves to be done once its changes are in the store.
  struct AfterCommit {
    std::vector<Action> actions;
    std::vector<BegunAttempt> begun;  ///< to be started
    bool begun_ahead = false;         ///< others were begun, to be started later
    std::vector<CrashPoint> passed;
  };

  Status Round(Reactor& reactor, const std::vector<ExecutorEvent>& events);
  Status Take(Action action);
  Status Finish(const AttemptEnd& end);
  Status FillCapacity(Reactor& reactor);
  void LookAfterStore(const Reactor& reactor);
  Result<AttemptTicket> Begin(const Reactor& reactor, std::size_t run);
  Status StartAhead(Reactor& reactor);
  Status BeginAhead(Reactor& reactor);
  Status TakeBackAhead(Reactor& reactor);
  bool CommitMayWait(const Reactor& reactor) const;
  Status Settle(const Reactor& reactor, const Status& status);
  int MsToWait(const Reactor& reactor) const;
  Status Start(const Reactor& reactor, const BegunAttempt& begun);
  Status WriteMeasurements();
  Status WriteProcesses();
  Status OpenTransaction();
  Status FollowUp(const Reactor& reactor, const AfterCommit& after);
  void Do(const Reactor& reactor, const Action& action);
  void ShowProgress(const Reactor& reactor);

  ResultStore& store_;
  Executor& executor_;
  const LaunchSettings& settings_;
  LaunchObserver& observer_;
  EvenClock clock_;  ///< of what is stored
  std::int64_t began_ms_ = 0;
  std::int64_t looked_ms_ = 0;              ///< when the store was last seen at its path
  Status halt_;                             ///< why nothing is started any more
  std::optional<Transaction> transaction_;  ///< once something changes
  std::int64_t opened_ms_ = 0;              ///< steady clock: when that was
  std::int64_t ahead_ms_ = 0;  ///< steady clock: when one was last begun or started ahead
  AfterCommit after_;          ///< of this round
  std::vector<std::pair<std::int64_t, Measurement>> unwritten_;
  std::vector<StoreProcess> processes_;  ///< to be written with what comes next, or on a quiet tick
};

/// Gives up attempts that nobody watches any more: their orchestrator is dead. What is left of
/// their processes on this machine is killed, they are `lost`, their runs wanted again. They ended
/// when the store was last written, as far as is known. Holding the store is required. Returns how
/// many there were.
Result<int> RecoverLostAttempts(ResultStore& store);

/// This machine's name.
std::string HostName();

}  // namespace sweepformer
