#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "orchestrator/exec/executor.h"
#include "orchestrator/sched/attempt_record.h"
#include "orchestrator/sched/plan.h"
#include "orchestrator/sched/resources.h"
#include "orchestrator/spec/sweep_spec.h"
#include "results/store.h"

namespace sweepformer {

/// What is to be done about an event, in this order.
struct StoreMeasurement {
  std::int64_t attempt = 0;
  Measurement measurement;
};
struct StoreProcess {
  std::int64_t attempt = 0;
  std::int64_t pid = 0;
  std::int64_t process_start = 0;
  std::int64_t started_ms = 0;
};
struct StoreProvenance {
  std::int64_t attempt = 0;
  std::string json;
};
struct StoreEnd {
  AttemptEnd end;
};
struct StoreAborted {
  std::vector<std::string> runs;
};
struct StopAttempt {
  std::int64_t attempt = 0;
  StopHow how = StopHow::kAsk;
};

/// Something to tell the user of.
struct TellEnd {
  std::size_t run = 0;
  int number = 0;  ///< of the attempt within its run
  Outcome outcome = Outcome::kCompleted;
  RunState next_state = RunState::kSucceeded;
  std::string error;
  std::int64_t took_ms = 0;
  std::string disturbance;  ///< of a probe: what is wrong with its figures, or empty
  int aborted = 0;          ///< how many runs wait for this one and are given up with it
};
struct TellNote {
  std::size_t run = 0;
  std::string text;
};
struct TellInterrupt {
  int signal = 0;
  bool again = false;  ///< the second one: what runs is killed
};

using Action = std::variant<StoreMeasurement, StoreProcess, StoreProvenance, StoreEnd, StoreAborted,
                            StopAttempt, TellEnd, TellNote, TellInterrupt>;

/// So often a probe is measured before its figures are kept although it was disturbed.
inline constexpr int kMostProbeTries = 5;

/// So often a run is started with nothing else running before it is held that none can be. The
/// executor takes its time to say that one could not.
inline constexpr int kMostLoneTries = 5;

/// An attempt that is in the store and has not been started.
struct BegunAttempt {
  std::size_t run = 0;
  AttemptTicket ticket;
};

/// So many attempts have to end well within kShortMs for the next ones to be begun ahead; one that
/// does not counts against kWorthOfLong of them.
inline constexpr int kMostlyShort = 16;
inline constexpr int kWorthOfLong = 4;
inline constexpr std::int64_t kShortMs = 5;

/// The state of a launch: which runs are wanted and running, what the running ones have said, what
/// of the machine is free. Pure: events and the time in, actions out. The scheduler's loop feeds it
/// and carries out what it asks for.
class Reactor {
 public:
  /// `used` are the attempts each run of the plan has used up already.
  Reactor(Plan plan, std::vector<int> used, ResourcePool pool, RetrySpec retry);

  /// A run of the cell, in this launch or before, took so much memory at most: the others of the
  /// cell that are still to come are admitted by that.
  void LearnPeak(const std::string& cell, double peak_bytes);

  /// Runs of the cell are reckoned to take so much memory: those without a memory limit are
  /// admitted by that until one of the cell has shown what it takes.
  void ExpectPeak(const std::string& cell, double peak_bytes);

  /// The run has run out of so many bytes, in this launch or before: it gets more of them.
  void RanOut(std::size_t run, double held);

  /// The run to start next; none while nothing fits or any is begun ahead, after an interrupt, or
  /// when all are done.
  std::optional<std::size_t> NextRun() const;

  /// A run is being started as the attempt `ticket`.
  void Began(std::size_t run, const AttemptTicket& ticket, Expectation expected,
             std::int64_t now_ms);

  /// The run to be begun although what runs now has its place; none unless attempts are so short
  /// that one waits for the store as long as it runs.
  std::optional<std::size_t> NextAhead() const;

  /// The run's attempt is in the store.
  void BeganAhead(std::size_t run, const AttemptTicket& ticket);

  /// The next of those begun ahead, to be started; none while it does not fit or after an
  /// interrupt.
  std::optional<BegunAttempt> TakeAhead();

  /// All that were begun ahead: their runs are wanted again.
  std::vector<BegunAttempt> TakeBackAhead();

  bool AnyAhead() const { return !ahead_.empty(); }

  std::vector<Action> Apply(const ExecutorEvent& event, std::int64_t now_ms);

  /// What stops all that runs.
  std::vector<Action> StopAll(StopHow how) const;

  bool AnyRunning() const { return !running_.empty(); }
  const Plan& plan() const { return plan_; }
  PlanCounts Counts() const;            ///< what is begun ahead is left
  int ended() const { return ended_; }  ///< attempts of this launch that ended
  std::optional<int> interrupted_by() const { return signal_; }

  /// Why not even a run that would have been the only one could be started; "" as long as runs can.
  const std::string& stalled() const { return stalled_; }

 private:
  struct Running {
    std::size_t run = 0;
    int number = 0;
    std::int64_t began_ms = 0;
    Resources taken;
    AttemptRecord record;
    std::string first_note;
    int notes = 0;
  };

  std::vector<Action> On(const AcceptedEvent& event, std::int64_t now_ms);
  std::vector<Action> On(const ReportedEvent& event, std::int64_t now_ms);
  std::vector<Action> On(const NotedEvent& event, std::int64_t now_ms);
  std::vector<Action> On(const LingeringEvent& event, std::int64_t now_ms);
  std::vector<Action> On(const EndedEvent& event, std::int64_t now_ms);
  std::vector<Action> On(const InterruptedEvent& event, std::int64_t now_ms);
  void NoteLength(bool is_short);
  bool IsProbe(std::size_t run) const;
  TellEnd TellEndOf(const Running& running, const AttemptEnd& end, std::int64_t now_ms) const;
  void TakeFewer();
  void TakeMore();
  void LearnFrom(std::size_t run, const EndedEvent& event);
  void AdmitBy(const std::string& cell, double peak_bytes, bool limited_too);
  StoreAborted AbortHeirsOf(std::size_t run);
  void JudgeProbe(const Running& running, AttemptEnd& end);
  AttemptEnd EndOf(const Running& running, const EndedEvent& event, std::int64_t now_ms) const;

  Plan plan_;
  std::vector<int> used_;
  std::map<std::size_t, int> disturbed_;  ///< probes: how often in this launch
  ResourcePool pool_;
  RetrySpec retry_;
  std::map<std::int64_t, Running> running_;  ///< by attempt
  std::deque<BegunAttempt> ahead_;
  Resources given_;       ///< back by the last attempt that ended
  int short_lately_ = 0;  ///< attempts that ended, up to twice kMostlyShort
  int ended_ = 0;
  std::optional<int> signal_;
  int ended_well_ = 0;     ///< since the slots last changed
  int raise_after_ = 2;    ///< so many have to end well for one more slot
  bool raised_ = false;    ///< whether the slots were raised since they were lowered
  int lone_failures_ = 0;  ///< starts in a row that failed with nothing else running
  std::string stalled_;
  std::unordered_map<std::string, std::vector<std::size_t>> cells_;  ///< the runs of each
  std::unordered_map<std::string, double> peaks_;                    ///< by cell, in bytes
  std::set<std::size_t> ran_out_;  ///< of memory: not to be judged by others of their cell
};

}  // namespace sweepformer
