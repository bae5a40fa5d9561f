#include "orchestrator/sched/repeat.h"

namespace sweepformer {
namespace {

constexpr int kTickMs = 1000;

/// Takes in the events of one attempt.
class Listener {
 public:
  Listener(Executor& executor, std::int64_t attempt, Expectation expected)
      : executor_(executor),
        attempt_(attempt),
        report_{"", AttemptRecord(std::move(expected)), "", {}} {}

  void operator()(const AcceptedEvent&) {}
  void operator()(const NotedEvent&) {}
  void operator()(const LingeringEvent&) {}
  void operator()(const ReportedEvent& event) {
    report_.record.Take(event.event);
    const auto* config = std::get_if<ConfigEvent>(&event.event);
    if (config) report_.provenance_json = config->provenance_json;
  }
  void operator()(const EndedEvent& event) {
    report_.outcome_error = report_.record.Judge(event).error;
    ended_ = true;
  }
  void operator()(const InterruptedEvent& event) {
    executor_.Stop(attempt_, report_.interrupted_by ? StopHow::kKill : StopHow::kAsk);
    report_.interrupted_by = event.signal;
  }

  bool ended() const { return ended_; }
  RepeatReport Take() { return std::move(report_); }

 private:
  Executor& executor_;
  std::int64_t attempt_;
  RepeatReport report_;
  bool ended_ = false;
};

}  // namespace

Result<RepeatReport> CarryOutApart(Executor& executor, const LaunchRequest& request,
                                   Expectation expected) {
  SF_TRY(executor.Start(request));
  Listener listener(executor, request.attempt, std::move(expected));
  while (!listener.ended()) {
    SF_ASSIGN(const auto events, executor.Wait(kTickMs));
    for (const ExecutorEvent& event : events) std::visit(listener, event);
  }
  return listener.Take();
}

}  // namespace sweepformer
