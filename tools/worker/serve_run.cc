#include "tools/worker/serve_run.h"

#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <iterator>
#include <new>
#include <string>

#include "model/description.h"
#include "model/probe.h"
#include "model/run.h"
#include "orchestrator/core/crash_point.h"
#include "tools/worker/provenance.h"
#include "tools/worker/termination.h"

namespace sweepformer::worker {
namespace {

/// Says in the worker protocol what the model says in its own terms.
class EventObserver final : public model::RunObserver {
 public:
  EventObserver(const EventWriter& events, std::int64_t seed) : events_(events), seed_(seed) {}

  void OnConfig(const Parameters& resolved, std::string_view data) override {
    events_.Write(ConfigEvent{resolved, seed_, ProvenanceJson(), std::string(data)});
    Reach(CrashPoint::kWorkerAfterConfig);
  }
  void OnHistory(const model::HistoryPoint& point) override {
    events_.Write(
        MetricEvent{std::string(point.name), point.value, point.step, std::string(point.split)});
  }
  void OnFinalMetric(std::string_view name, double value) override {
    events_.Write(MetricEvent{std::string(name), value, std::nullopt, ""});
  }
  void OnTestHits(const std::vector<bool>& hits) override { events_.Write(TestHitsEvent{hits}); }
  void OnLog(std::string_view line) override { fmt::print(stderr, "{}\n", line); }
  void OnNote(std::string_view line) override {
    OnLog(line);
    events_.Write(NoteEvent{std::string(line)});
  }
  bool StopAsked() override { return termination_.asked(); }

 private:
  const EventWriter& events_;
  std::int64_t seed_;
  Termination termination_;
};

HelloEvent Hello() {
  const WorkerDescription description = model::Describe();
  return {description.worker, description.version, BuildId(), /*checkpoints=*/true};
}

Status CheckRequest(const RunRequest& request) {
  if (request.threads >= 1) return {};
  return InvalidArgument(
      fmt::format("threads is {}: expected a whole number of at least 1", request.threads));
}

Status CarryOutRequest(const std::string& text, const EventWriter& events) {
  SF_ASSIGN(RunRequest request, ParseRequest(text));
  SF_TRY(CheckRequest(request));
  EventObserver observer(events, request.seed);
  model::RunInput input = {.parameters = std::move(request.parameters),
                           .seed = request.seed,
                           .threads = request.threads,
                           .data_folder = std::move(request.data_folder),
                           .run = std::move(request.run),
                           .checkpoints = std::move(request.folder),
                           .keep_weights = std::move(request.keep_weights),
                           .init_from = std::move(request.init_from),
                           .parent = std::move(request.parent)};
  if (request.kind == RunKind::kTrain) return model::CarryOut(input, observer);
  model::ProbeOptions measure;
  measure.warmup_steps = request.warmup_steps;
  return model::CarryOutProbe(input, measure, observer);
}

Status OutOfMemory() {
  return IoError("out of memory; ask for smaller batches or models, or raise the run's mem");
}

/// LibTorch's allocators have no exception of their own.
bool IsWantOfMemory(std::string_view words) {
  return words.find("can't allocate memory") != std::string_view::npos ||
         words.find("out of memory") != std::string_view::npos;
}

/// LibTorch's exceptions end here.
Status WithoutExceptions(const std::string& text, const EventWriter& events) {
  try {
    return CarryOutRequest(text, events);
  } catch (const c10::Error& error) {
    const std::string words = error.what_without_backtrace();
    if (IsWantOfMemory(words)) return OutOfMemory();
    return Internal("LibTorch: " + words);
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::exception& error) {
    return Internal(error.what());
  }
}

}  // namespace

Status ServeRun(std::istream& request, const EventWriter& events) {
  Reach(CrashPoint::kWorkerBeforeHello);
  events.Write(Hello());
  const std::string text(std::istreambuf_iterator<char>(request), {});
  const Status status = WithoutExceptions(text, events);
  if (status.ok()) {
    Reach(CrashPoint::kWorkerBeforeDone);
    events.Write(DoneEvent{});
    Reach(CrashPoint::kWorkerAfterDone);
  } else if (status.code() == Code::kCanceled) {
    events.Write(NoteEvent{status.message()});
    Termination::GiveIn();
  } else {
    events.Write(ErrorEvent{status.message()});
  }
  return status;
}

}  // namespace sweepformer::worker
