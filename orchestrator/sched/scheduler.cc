#include "orchestrator/sched/scheduler.h"

#include <nlohmann/json.hpp>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/process_table.h"

namespace sweepformer {
namespace {

/// How often progress is shown while nothing happens.
constexpr int kTickMs = 200;

}  // namespace

Status Scheduler::Run(Reactor& reactor) {
  began_ms_ = SteadyMs();
  SF_TRY(FillCapacity(reactor));
  while (reactor.AnyRunning()) {
    SF_TRY(HandleEvents(reactor));
    SF_TRY(FillCapacity(reactor));
    ShowProgress(reactor);
  }
  return halt_;
}

Status Scheduler::FillCapacity(Reactor& reactor) {
  while (halt_.ok()) {
    const auto run = reactor.NextRun();
    if (!run) break;
    halt_ = CheckUnchanged(settings_.watched);
    if (halt_.ok()) SF_TRY(StartRun(reactor, *run));
  }
  return {};
}

Status Scheduler::StartRun(Reactor& reactor, std::size_t run) {
  static const std::string host = HostName(), boot_id = BootId();
  const PlannedWork& work = reactor.plan().work(run);
  AttemptStart start;
  start.host = host;
  start.boot_id = boot_id;
  start.resources_json = nlohmann::json(work.terms->need).dump();
  start.log_folder = RunFolder(settings_.store, work.config.id()).string();
  start.started_ms = clock_.NowMs();
  Reach(CrashPoint::kBeforeBegin);
  SF_ASSIGN(const AttemptTicket ticket, store_.BeginAttempt(work.config.id(), start));
  Reach(CrashPoint::kAfterBegin);
  reactor.Began(run, ticket, ExpectationOf(settings_, work), start.started_ms);
  SF_TRY(executor_.Start(RequestFor(settings_, work, ticket)));
  Reach(CrashPoint::kAfterStart);
  return {};
}

Status Scheduler::HandleEvents(Reactor& reactor) {
  SF_ASSIGN(const auto events, executor_.Wait(kTickMs));
  for (const ExecutorEvent& event : events) {
    for (const Action& action : reactor.Apply(event, clock_.NowMs())) {
      SF_TRY(CarryOut(reactor, action));
    }
  }
  return WriteMeasurements();
}

Status Scheduler::CarryOut(const Reactor& reactor, const Action& action) {
  if (const auto* one = std::get_if<StoreMeasurement>(&action)) {
    unwritten_.emplace_back(one->attempt, one->measurement);
  } else if (const auto* process = std::get_if<StoreProcess>(&action)) {
    return Accept(*process);
  } else if (const auto* provenance = std::get_if<StoreProvenance>(&action)) {
    return store_.RecordProvenance(provenance->attempt, provenance->json);
  } else if (const auto* end = std::get_if<StoreEnd>(&action)) {
    return Finish(end->end);
  } else if (const auto* aborted = std::get_if<StoreAborted>(&action)) {
    return store_.SetStates(aborted->runs, RunState::kAborted);
  } else if (const auto* stop = std::get_if<StopAttempt>(&action)) {
    executor_.Stop(stop->attempt, stop->how);
  } else if (const auto* told = std::get_if<TellEnd>(&action)) {
    const PlannedWork& work = reactor.plan().work(told->run);
    const bool done = told->next_state == RunState::kSucceeded;  // and that is in the store
    if (done && !settings_.foreign) RemoveCheckpoints(settings_.store, work.config.id());
    observer_.OnEnd(*told, work);
  } else if (const auto* note = std::get_if<TellNote>(&action)) {
    observer_.OnNote(*note, reactor.plan().work(note->run));
  } else if (const auto* interrupt = std::get_if<TellInterrupt>(&action)) {
    observer_.OnInterrupt(*interrupt);
  }
  return {};
}

Status Scheduler::Accept(const StoreProcess& process) {
  Reach(CrashPoint::kBeforeAccepted);
  SF_TRY(store_.RecordProcess(process.attempt, process.pid, process.process_start));
  Reach(CrashPoint::kAfterAccepted);
  return {};
}

Status Scheduler::Finish(const AttemptEnd& end) {
  SF_TRY(WriteMeasurements());
  Reach(CrashPoint::kBeforeResult);
  SF_TRY(store_.FinishAttempt(end).status());
  Reach(CrashPoint::kAfterResult);
  return {};
}

Status Scheduler::WriteMeasurements() {
  if (unwritten_.empty()) return {};
  SF_TRY(store_.AppendMeasurements(unwritten_));
  unwritten_.clear();
  Reach(CrashPoint::kAfterEvent);
  return {};
}

void Scheduler::ShowProgress(const Reactor& reactor) {
  const PlanCounts counts = reactor.plan().Counts();
  observer_.OnProgress(counts, PaceOf(reactor.ended(), counts, SteadyMs() - began_ms_));
}

}  // namespace sweepformer
