#include "model/probe.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "model/description.h"
#include "model/load_meter.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

/// Keeps the figures; a probe has nothing else to say but its configuration.
class Figures final : public RunObserver {
 public:
  void OnConfig(const Parameters& resolved, std::string_view) override { config = resolved; }
  void OnHistory(const HistoryPoint&) override { FAIL("a probe has no history"); }
  void OnFinalMetric(std::string_view name, double value) override {
    REQUIRE(metrics.emplace(name, value).second);
  }
  void OnTestHits(const std::vector<bool>&) override { FAIL("a probe judges nothing"); }
  void OnLog(std::string_view) override {}

  Parameters config;
  std::map<std::string, double> metrics;
};

Figures ProbeOf(const Parameters& parameters) {
  RunInput input;
  input.parameters = parameters;
  input.seed = 1;
  ProbeOptions options;
  options.warmup_steps = 1;
  options.least_steps = 3;
  options.seconds = 0;
  Figures figures;
  const Status status = CarryOutProbe(input, options, figures);
  INFO(status.message());
  REQUIRE(status.ok());
  return figures;
}

}  // namespace

TEST_CASE("every design can be probed, on the configuration of its training", "[probe]") {
  const WorkerDescription description = Describe();
  for (const std::string& design : description.FindParameter("attention")->choices) {
    INFO(design);
    Figures figures = ProbeOf(testing::TinyRun(design));
    CHECK((figures.config == ResolveParameters(testing::TinyRun(design)).value()));
    CHECK(figures.metrics.at("probe_train_steps") == 3);
    for (const char* name : {"probe_train_samples_per_second", "probe_infer_tokens_per_second",
                             "probe_infer_latency_seconds", "probe_peak_tensor_bytes",
                             "probe_cpu_share", "probe_seconds"}) {
      INFO(name);
      CHECK(figures.metrics.at(name) > 0);
    }
  }
}

TEST_CASE("a probe reports what is declared, and its verdict is left to others", "[probe]") {
  std::set<std::string> declared, reported;
  for (const MetricSpec& metric : ProbeMetrics()) {
    CHECK(metric.name.starts_with("probe_"));
    CHECK_FALSE(metric.reproducible);
    declared.insert(metric.name);
  }
  const Figures figures = ProbeOf(testing::TinyRun("full"));
  for (const auto& [name, value] : figures.metrics) reported.insert(name);
  reported.insert("probe_disturbed");
  CHECK(reported == declared);
}

TEST_CASE("a probe that is asked to stop says so and reports nothing", "[probe]") {
  class Stopping final : public RunObserver {
   public:
    void OnConfig(const Parameters&, std::string_view) override {}
    void OnHistory(const HistoryPoint&) override {}
    void OnFinalMetric(std::string_view, double) override { ++figures; }
    void OnTestHits(const std::vector<bool>&) override {}
    void OnLog(std::string_view) override {}
    bool StopAsked() override { return true; }
    int figures = 0;
  } observer;
  RunInput input;
  input.parameters = testing::TinyRun("full");
  CHECK(CarryOutProbe(input, {}, observer).code() == Code::kCanceled);
  CHECK(observer.figures == 0);
}

TEST_CASE("fast designs are timed on the batches that slow ones are timed on", "[probe]") {
  RunInput input;
  input.parameters = testing::TinyRun("none");
  ProbeOptions options;
  options.least_steps = 4;
  options.most_steps = 9;
  options.seconds = 1000;
  Figures figures;
  REQUIRE(CarryOutProbe(input, options, figures).ok());
  CHECK(figures.metrics.at("probe_train_steps") == 12);  // three rounds of four batches
}

TEST_CASE("a run that starts from another one's weights is probed from scratch", "[probe]") {
  CHECK(ProbeOf(testing::TinyRun("full", {{"init", "parent"}})).metrics.at("probe_train_steps") ==
        3);
}

TEST_CASE("shares of load are of the time a process could have computed", "[probe]") {
  const Load load{2.0, 3.0, 1.0, 5};
  CHECK(load.run_delay_share() == Approx(0.25));
  CHECK(load.cpu_share(2) == Approx(0.75));
  CHECK(Load().run_delay_share() == 0);
  const LoadMeter meter;
  double sum = 0;
  while (meter.Read().cpu_seconds < 0.01) sum += 1;
  CHECK(sum > 0);
  CHECK(meter.Read().wall_seconds > 0);
}

}  // namespace sweepformer::model
