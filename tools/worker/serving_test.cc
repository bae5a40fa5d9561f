#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>

#include "orchestrator/exec/describe.h"
#include "orchestrator/exec/executor_testing.h"

// The built-in worker, executed and forked: it makes no difference to what it says.

namespace sweepformer {
namespace {

const std::string kWorker = SWEEPFORMER_BIN_DIR "/sweepformer-worker";

/// What a run reported that must be equal whoever started it.
struct Reported {
  std::map<std::string, double> figures;  ///< reproducible metrics, and the points of curves
  nlohmann::json provenance;
  EndedEvent end;
};

Reported CarryOut(testing::ExecutorBench& bench, int threads, bool served) {
  LaunchRequest request = bench.Shell("");
  request.command = {kWorker, "--run"};
  if (served) request.serve_command = {kWorker, "--serve"};
  request.threads = threads;
  RunRequest run;
  run.seed = 3;
  run.threads = threads;
  run.parameters = {{"rows", std::int64_t{80}},       {"epochs", std::int64_t{1}},
                    {"max_length", std::int64_t{16}}, {"d_model", std::int64_t{16}},
                    {"attention", "linformer"},       {"compression", std::int64_t{4}}};
  request.standard_input = FormatRequest(run);
  const WorkerDescription description = DescribeWorker(kWorker).value().description;
  Reported reported;
  for (const ExecutorEvent& event : bench.Carry(request)) {
    if (const auto* end = std::get_if<EndedEvent>(&event)) reported.end = *end;
    const auto* said = std::get_if<ReportedEvent>(&event);
    if (!said) continue;
    if (const auto* config = std::get_if<ConfigEvent>(&said->event))
      reported.provenance = nlohmann::json::parse(config->provenance_json);
    const auto* metric = std::get_if<MetricEvent>(&said->event);
    if (!metric) continue;
    const MetricSpec* spec = description.FindMetric(metric->name);
    if (metric->step || (spec && spec->reproducible))
      reported.figures[metric->name + std::to_string(metric->step.value_or(-1))] = metric->value;
  }
  return reported;
}

}  // namespace

TEST_CASE("a forked run computes what an executed one does, with as many threads", "[worker]") {
  const int threads = GENERATE(1, 2);
  CAPTURE(threads);
  testing::ExecutorBench bench;
  const Reported executed = CarryOut(bench, threads, /*served=*/false);
  const Reported forked = CarryOut(bench, threads, /*served=*/true);
  CHECK(executed.end.exit_code == 0);
  CHECK(forked.end.exit_code == 0);
  CHECK(forked.end.peak_rss_method == "vmhwm");
  CHECK(forked.figures.size() > 10);
  CHECK(forked.figures == executed.figures);
  CHECK(forked.provenance == executed.provenance);
  CHECK(forked.provenance["threads"] == threads);
  CHECK(forked.provenance["blas_threads"] == threads);
}

}  // namespace sweepformer
