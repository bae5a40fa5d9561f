#include "model/run_recorder.h"

#include <catch2/catch.hpp>

#include "model/description.h"

namespace sweepformer::model::testing {

void RunRecorder::OnConfig(const Parameters& resolved, std::string_view fingerprint) {
  config = resolved;
  data = fingerprint;
}

void RunRecorder::OnHistory(const HistoryPoint& point) {
  history[std::string(point.name) + "/" + std::string(point.split)].emplace_back(point.step,
                                                                                 point.value);
}

void RunRecorder::OnFinalMetric(std::string_view name, double value) {
  REQUIRE(metrics.emplace(name, value).second);
}

RunInput Plain(const Parameters& parameters, std::int64_t seed) {
  RunInput input;
  input.parameters = parameters;
  input.seed = seed;
  return input;
}

RunRecorder RecordRun(const RunInput& input) {
  RunRecorder recorder;
  const Status status = CarryOut(input, recorder);
  INFO(status.message());
  REQUIRE(status.ok());
  return recorder;
}

RunRecorder RecordRun(const Parameters& parameters, std::int64_t seed) {
  return RecordRun(Plain(parameters, seed));
}

std::map<std::string, double> ReproducibleMetrics(const RunRecorder& run) {
  std::map<std::string, double> metrics;
  for (const MetricSpec& metric : RunMetrics()) {
    const auto found = run.metrics.find(metric.name);
    if (metric.reproducible && found != run.metrics.end()) metrics.insert(*found);
  }
  return metrics;
}

}  // namespace sweepformer::model::testing
