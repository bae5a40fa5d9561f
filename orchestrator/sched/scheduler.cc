#include "orchestrator/sched/scheduler.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/process_table.h"

namespace sweepformer {
namespace {

/// How often progress is shown while nothing happens.
constexpr int kTickMs = 200;

/// How often the store is looked for at its path.
constexpr std::int64_t kLookMs = 1000;

/// So many short attempts are begun ahead in one transaction.
constexpr int kMostAhead = 8;

/// What is to be written of attempts that ended waits for the next ones to be begun, at most so
/// long.
constexpr int kHoldMs = 5;

/// If none of those begun ahead is started for so long, what runs is long after all.
constexpr std::int64_t kLongestAheadMs = 10;

}  // namespace

Status Scheduler::Run(Reactor& reactor) {
  began_ms_ = SteadyMs();
  Status done = Round(reactor, {});
  while (done.ok() && reactor.AnyRunning()) {
    auto events = executor_.Wait(MsToWait(reactor));
    LookAfterStore(reactor);
    done = events.ok() ? Round(reactor, *events) : Settle(reactor, events.status());
    if (done.ok() && !transaction_) ShowProgress(reactor);
  }
  transaction_.reset();  // of a round that failed
  return done.ok() ? halt_ : done;
}

/// What is recorded in a file that has been deleted or replaced is lost: nothing more is worth
/// running.
void Scheduler::LookAfterStore(const Reactor& reactor) {
  const std::int64_t now_ms = clock_.NowMs();
  if (!halt_.ok() || now_ms - looked_ms_ < kLookMs) return;
  looked_ms_ = now_ms;
  halt_ = store_.CheckStillThere();
  if (halt_.ok()) return;
  for (const Action& action : reactor.StopAll(StopHow::kAsk)) Do(reactor, action);
}

Status Scheduler::Round(Reactor& reactor, const std::vector<ExecutorEvent>& events) {
  std::vector<Action> actions;
  for (const ExecutorEvent& event : events) {
    std::ranges::move(reactor.Apply(event, clock_.NowMs()), std::back_inserter(actions));
  }
  const Status started = StartAhead(reactor);
  for (Action& action : actions) SF_TRY(Take(std::move(action)));
  SF_TRY(WriteMeasurements());
  if (!started.ok()) return Settle(reactor, started);
  SF_TRY(FillCapacity(reactor));
  SF_TRY(BeginAhead(reactor));
  if (CommitMayWait(reactor)) return {};
  if (transaction_ || events.empty()) SF_TRY(WriteProcesses());
  return Settle(reactor, {});
}

/// Commits what there is and does what follows; then that is what the loop comes to.
Status Scheduler::Settle(const Reactor& reactor, const Status& status) {
  if (transaction_) SF_TRY(transaction_->Commit());
  transaction_.reset();
  SF_TRY(FollowUp(reactor, std::exchange(after_, {})));
  return status;
}

int Scheduler::MsToWait(const Reactor& reactor) const {
  if (transaction_) return std::max(0, static_cast<int>(opened_ms_ + kHoldMs - SteadyMs()));
  return reactor.AnyAhead() ? kHoldMs : kTickMs;
}

/// Whether the next runs are started without it.
bool Scheduler::CommitMayWait(const Reactor& reactor) const {
  const bool starts_go_on = reactor.AnyRunning() && reactor.AnyAhead() && !after_.begun_ahead;
  return transaction_ && starts_go_on && after_.begun.empty() && SteadyMs() - opened_ms_ < kHoldMs;
}

/// The store's part of an action is carried out, the rest kept for after the commit.
Status Scheduler::Take(Action action) {
  if (auto* one = std::get_if<StoreMeasurement>(&action)) {
    unwritten_.emplace_back(one->attempt, std::move(one->measurement));
  } else if (const auto* process = std::get_if<StoreProcess>(&action)) {
    processes_.push_back(*process);
  } else if (const auto* provenance = std::get_if<StoreProvenance>(&action)) {
    SF_TRY(OpenTransaction());
    return store_.RecordProvenance(provenance->attempt, provenance->json);
  } else if (const auto* end = std::get_if<StoreEnd>(&action)) {
    return Finish(end->end);
  } else if (const auto* aborted = std::get_if<StoreAborted>(&action)) {
    SF_TRY(OpenTransaction());
    return store_.SetStates(aborted->runs, RunState::kAborted);
  } else {
    after_.actions.push_back(std::move(action));
  }
  return {};
}

Status Scheduler::Finish(const AttemptEnd& end) {
  SF_TRY(WriteMeasurements());
  SF_TRY(OpenTransaction());
  Reach(CrashPoint::kBeforeResult);
  SF_TRY(store_.FinishAttempt(end).status());
  after_.passed.push_back(CrashPoint::kAfterResult);
  return {};
}

Status Scheduler::FillCapacity(Reactor& reactor) {
  if (halt_.ok() && !reactor.stalled().empty()) {
    halt_ = IoError(fmt::format(
        "no run can be started: {}; make room (see ulimit -u) and run the same command again",
        reactor.stalled()));
  }
  while (halt_.ok()) {
    const auto run = reactor.NextRun();
    if (!run) break;
    halt_ = CheckUnchanged(settings_.watched);
    if (!halt_.ok()) break;
    SF_ASSIGN(const AttemptTicket ticket, Begin(reactor, *run));
    reactor.Began(*run, ticket, ExpectationOf(settings_, reactor.plan().work(*run)),
                  clock_.NowMs());
    after_.begun.push_back({*run, ticket});
  }
  return {};
}

/// Before the store is told of the ends that made room: these attempts are in it already.
Status Scheduler::StartAhead(Reactor& reactor) {
  while (halt_.ok()) {
    if (reactor.AnyAhead()) halt_ = CheckUnchanged(settings_.watched);
    const auto next = halt_.ok() ? reactor.TakeAhead() : std::nullopt;
    if (!next) break;
    const PlannedWork& work = reactor.plan().work(next->run);
    reactor.Began(next->run, next->ticket, ExpectationOf(settings_, work), clock_.NowMs());
    ahead_ms_ = SteadyMs();
    SF_TRY(Start(reactor, *next));
  }
  return {};
}

Status Scheduler::BeginAhead(Reactor& reactor) {
  const bool in_vain =
      !halt_.ok() || reactor.interrupted_by() || SteadyMs() - ahead_ms_ > kLongestAheadMs;
  if (reactor.AnyAhead()) return in_vain ? TakeBackAhead(reactor) : Status();
  for (int i = 0; i < kMostAhead && halt_.ok(); ++i) {
    const auto run = reactor.NextAhead();
    if (!run) break;
    halt_ = CheckUnchanged(settings_.watched);
    if (!halt_.ok()) break;
    SF_ASSIGN(const AttemptTicket ticket, Begin(reactor, *run));
    reactor.BeganAhead(*run, ticket);
    ahead_ms_ = SteadyMs();
    after_.begun_ahead = true;
  }
  return {};
}

Status Scheduler::TakeBackAhead(Reactor& reactor) {
  SF_TRY(OpenTransaction());
  for (const BegunAttempt& one : reactor.TakeBackAhead()) {
    SF_TRY(store_.TakeBack(one.ticket.key));
  }
  return {};
}

Status Scheduler::Start(const Reactor& reactor, const BegunAttempt& begun) {
  Reach(CrashPoint::kAfterBegin);
  SF_TRY(executor_.Start(RequestFor(settings_, reactor.plan().work(begun.run), begun.ticket)));
  Reach(CrashPoint::kAfterStart);
  return {};
}

/// Puts an attempt of the run into the store.
Result<AttemptTicket> Scheduler::Begin(const Reactor& reactor, std::size_t run) {
  static const std::string host = HostName(), boot_id = BootId();
  const PlannedWork& work = reactor.plan().work(run);
  AttemptStart start;
  start.host = host;
  start.boot_id = boot_id;
  nlohmann::json resources = work.terms->need;
  resources["threads"] = settings_.threads;
  if (const auto limit = work.terms->limits.mem_bytes) resources["mem_limit"] = *limit;
  start.resources_json = resources.dump();
  start.log_folder = RunFolder(settings_.store, work.config.id()).string();
  start.started_ms = clock_.NowMs();
  Reach(CrashPoint::kBeforeBegin);
  SF_TRY(OpenTransaction());
  return store_.BeginAttempt(work.config.id(), start);
}

Status Scheduler::WriteMeasurements() {
  if (unwritten_.empty()) return {};
  SF_TRY(OpenTransaction());
  SF_TRY(store_.AppendMeasurements(unwritten_));
  unwritten_.clear();
  after_.passed.push_back(CrashPoint::kAfterEvent);
  return {};
}

Status Scheduler::WriteProcesses() {
  for (const StoreProcess& process : std::exchange(processes_, {})) {
    SF_TRY(OpenTransaction());
    Reach(CrashPoint::kBeforeAccepted);
    SF_TRY(store_.RecordProcess(process.attempt, process.pid, process.process_start,
                                process.started_ms));
    after_.passed.push_back(CrashPoint::kAfterAccepted);
  }
  return {};
}

Status Scheduler::OpenTransaction() {
  if (transaction_) return {};
  SF_ASSIGN(Transaction transaction, store_.Begin());
  opened_ms_ = SteadyMs();
  transaction_.emplace(std::move(transaction));
  return {};
}

/// What a round is to do now that all of it is in the store.
Status Scheduler::FollowUp(const Reactor& reactor, const AfterCommit& after) {
  for (const CrashPoint point : after.passed) Reach(point);
  for (const Action& action : after.actions) Do(reactor, action);
  for (const BegunAttempt& begun : after.begun) SF_TRY(Start(reactor, begun));
  return {};
}

void Scheduler::Do(const Reactor& reactor, const Action& action) {
  if (const auto* stop = std::get_if<StopAttempt>(&action)) {
    executor_.Stop(stop->attempt, stop->how);
  } else if (const auto* told = std::get_if<TellEnd>(&action)) {
    const PlannedWork& work = reactor.plan().work(told->run);
    const bool done = told->next_state == RunState::kSucceeded;
    if (done && !settings_.foreign) RemoveLeftovers(settings_.store, work.config.id());
    observer_.OnEnd(*told, work);
  } else if (const auto* note = std::get_if<TellNote>(&action)) {
    observer_.OnNote(*note, reactor.plan().work(note->run));
  } else if (const auto* interrupt = std::get_if<TellInterrupt>(&action)) {
    observer_.OnInterrupt(*interrupt);
  }
}

void Scheduler::ShowProgress(const Reactor& reactor) {
  const PlanCounts counts = reactor.Counts();
  observer_.OnProgress(counts, PaceOf(reactor.ended(), counts, SteadyMs() - began_ms_));
}

}  // namespace sweepformer
