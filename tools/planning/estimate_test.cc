#include "tools/planning/estimate.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

FinishedCell Finished(const std::string& cell, Parameters parameters, std::vector<double> seconds,
                      std::vector<double> rss = {}) {
  FinishedCell finished;
  finished.cell = cell;
  finished.parameters = std::move(parameters);
  finished.seconds = std::move(seconds);
  finished.peak_rss_bytes = std::move(rss);
  return finished;
}

Parameters Place(std::int64_t size, const char* mode) {
  return {{"size", size}, {"mode", std::string(mode)}};
}

WorkerDescription Costly(const std::string& cost) {
  WorkerDescription worker;
  worker.worker = "toy";
  worker.cost = cost;
  for (const char* name : {"size", "mode"}) worker.parameters.emplace_back().name = name;
  return worker;
}

DeclaredFigure Unknown() { return DeclaredFigure::CostOf(nullptr).value(); }

/// Runs of size 1, 2, … in mode 'a', one CPU each.
SweepPlan PlanOf(std::int64_t runs) {
  LaunchTerms one;
  one.need = NeedOf({}, 1);
  const auto terms = std::make_shared<const LaunchTerms>(one);
  SweepPlan plan;
  for (std::int64_t size = 1; size <= runs; ++size) {
    RunContent content;
    content.parameters = Place(size, "a");
    plan.work.push_back({RunConfig(content), terms});
  }
  return plan;
}

}  // namespace

TEST_CASE("a cell with finished runs takes their median", "[estimate]") {
  const std::vector<FinishedCell> finished = {Finished("x", Place(1, "a"), {1, 50, 3}, {70, 90}),
                                              Finished("y", Place(2, "a"), {8})};
  Neighbours neighbours(finished, Unknown(), Unknown());
  const RunForecast forecast = neighbours.Forecast("x", Place(1, "a")).value();
  CHECK(forecast.seconds == 3);
  const PeakForecast peak = neighbours.PeakOf("x", Place(1, "a")).value();
  CHECK(peak.bytes == 90);
  CHECK(peak.basis == PeakBasis::kOwnCell);
  CHECK(forecast.same_cell);
}

TEST_CASE("another cell takes what the nearest took, all of them where several are", "[estimate]") {
  const std::vector<FinishedCell> finished = {Finished("a1", Place(1, "a"), {2}),
                                              Finished("a2", Place(2, "a"), {4}),
                                              Finished("b1", Place(1, "b"), {100})};
  Neighbours neighbours(finished, Unknown(), Unknown());
  CHECK(neighbours.Forecast("a3", Place(3, "a")).value().seconds == 3);    // a1 and a2
  CHECK(neighbours.Forecast("b3", Place(3, "b")).value().seconds == 100);  // b1
  CHECK(neighbours.Forecast("c3", Place(3, "c")).value().cells.size() == 3);
  CHECK_FALSE(neighbours.Forecast("b3", Place(3, "b")).value().same_cell);
}

TEST_CASE("a declared cost scales what neighbours took", "[estimate]") {
  const std::vector<FinishedCell> finished = {Finished("a1", Place(1, "a"), {2}),
                                              Finished("a2", Place(2, "a"), {4.4})};
  const WorkerDescription worker = Costly("size * 10");
  Neighbours neighbours(finished, DeclaredFigure::CostOf(&worker).value(), Unknown());
  CHECK(neighbours.Forecast("a6", Place(6, "a")).value().seconds == Approx((12 + 13.2) / 2));
}

TEST_CASE("a cost that is not known or makes no sense scales nothing", "[estimate]") {
  const WorkerDescription worker = Costly("CASE mode WHEN 'a' THEN size WHEN 'b' THEN -1 END");
  DeclaredFigure cost = DeclaredFigure::CostOf(&worker).value();
  CHECK(cost.At(Place(3, "a")) == 3.0);
  CHECK_FALSE(cost.At(Place(3, "b")).has_value());
  CHECK_FALSE(cost.At(Place(3, "c")).has_value());
  CHECK_FALSE(Unknown().At(Place(3, "a")).has_value());
}

TEST_CASE("memory is that of the nearest, the largest where several are", "[estimate]") {
  const std::vector<FinishedCell> finished = {
      Finished("a1", Place(1, "a"), {2}, {70}), Finished("a2", Place(2, "a"), {4}, {90, 80}),
      Finished("b1", Place(1, "b"), {1}, {500}), Finished("c1", Place(1, "c"), {1})};
  Neighbours neighbours(finished, Unknown(), Unknown());
  const PeakForecast peak = neighbours.PeakOf("a3", Place(3, "a")).value();
  CHECK(peak.bytes == 90);
  CHECK(peak.basis == PeakBasis::kNeighbours);
  CHECK_FALSE(neighbours.PeakOf("c3", Place(3, "c")).has_value());  // c1 told nothing
}

TEST_CASE("declared memory is corrected by what neighbours took", "[estimate]") {
  WorkerDescription worker = Costly("1");
  worker.memory = "100 * size";
  const std::vector<FinishedCell> finished = {Finished("a2", Place(2, "a"), {1}, {250}),
                                              Finished("b2", Place(2, "b"), {1}, {150})};
  Neighbours neighbours(finished, Unknown(), DeclaredFigure::MemoryOf(&worker).value());
  const auto peak = [&](std::int64_t size, const char* mode) {
    return neighbours.PeakOf("new", Place(size, mode)).value().bytes;
  };
  CHECK(peak(8, "a") == 850);  // 50 beyond the form, whatever the size
  CHECK(peak(1, "a") == 150);
  CHECK(peak(8, "b") == 750);  // 50 less
  CHECK(peak(1, "b") == 75);   // 3/4 of the form, which 50 would be more of
  CHECK(neighbours.PeakOf("a2", Place(2, "a")).value().bytes == 250);
}

TEST_CASE("the largest run of those left is named, also before any has finished", "[estimate]") {
  WorkerDescription worker = Costly("1");
  worker.memory = "CASE size WHEN 4 THEN NULL WHEN 2 THEN 9e9 ELSE 1e9 * size END";
  const auto memory = [&] { return DeclaredFigure::MemoryOf(&worker).value(); };
  const auto largest = [&](std::int64_t runs, std::vector<RunState> states) {
    const std::vector<FinishedCell> none;
    Neighbours neighbours(none, Unknown(), memory());
    return LargestPeakOf(PlanOf(runs), states, MachinePool(0, 1, 8e9), neighbours);
  };
  using enum RunState;
  const PeakEstimate all = largest(3, {kPending, kPending, kRunning}).value();
  CHECK(all.peak.bytes == 9e9);
  CHECK(all.peak.basis == PeakBasis::kDeclared);
  CHECK(all.run == 1);
  CHECK(all.beyond_machine);
  const PeakEstimate left = largest(3, {kPending, kSucceeded, kPending}).value();
  CHECK(left.run == 2);
  CHECK_FALSE(left.beyond_machine);
  CHECK_FALSE(largest(3, {kSucceeded, kSucceeded, kFailed}).has_value());
  CHECK_FALSE(largest(4, {kPending, kPending, kPending, kPending}).has_value());
}

TEST_CASE("a cost that is no expression over the parameters names its worker", "[estimate]") {
  const WorkerDescription worker = Costly("sise + 1");
  CHECK_THAT(DeclaredFigure::CostOf(&worker).status().message(),
             Catch::Contains("the cost that worker toy declares: ") && Catch::Contains("sise"));
  WorkerDescription other = Costly("1");
  other.memory = "size * size_";
  CHECK_THAT(DeclaredFigure::MemoryOf(&other).status().message(),
             Catch::Contains("the memory that worker toy declares: ") && Catch::Contains("size_"));
}

TEST_CASE("without a finished run there is no forecast", "[estimate]") {
  const std::vector<FinishedCell> finished = {Finished("x", {}, {})};
  Neighbours neighbours(finished, Unknown(), Unknown());
  CHECK_FALSE(neighbours.Forecast("x", Place(1, "a")).has_value());
  CHECK_FALSE(neighbours.Forecast("y", Place(1, "a")).has_value());
}

TEST_CASE("runs share the machine, and a plan takes no less than its longest run", "[estimate]") {
  const SweepPlan plan = PlanOf(4);
  const std::vector<FinishedCell> finished = {
      Finished(plan.work[0].config.cell(), Place(1, "a"), {10, 10}, {1e9}),
      Finished("other", Place(9, "b"), {1})};
  Neighbours neighbours(finished, Unknown(), Unknown());
  const auto estimate = [&](std::vector<RunState> states, int cpus) {
    return EstimateOf(plan, states, MachinePool(0, cpus, 1e12), finished, neighbours);
  };
  using enum RunState;
  const PlanEstimate two = estimate({kPending, kRunning, kPending, kPending}, 2).value();
  CHECK(two.run_seconds == 40);
  CHECK(two.seconds == 20);
  CHECK(two.from_runs == 2);
  CHECK(two.same_cell_runs == 2);
  CHECK(estimate({kPending, kPending, kPending, kPending}, 64).value().seconds == 10);
  const PlanEstimate rest = estimate({kSucceeded, kFailed, kPending, kSucceeded}, 2).value();
  CHECK(rest.seconds == 10);
  CHECK(rest.same_cell_runs == 0);
  CHECK_FALSE(estimate({kSucceeded, kSucceeded, kFailed, kSucceeded}, 2).has_value());
}

TEST_CASE("rough durations promise no more than they know", "[estimate]") {
  CHECK(RoughDuration(2) == "under a minute");
  CHECK(RoughDuration(61) == "2 min");
  CHECK(RoughDuration(12 * 60) == "12 min");
  CHECK(RoughDuration(3.54 * 3600) == "3.5 h");
  CHECK(RoughDuration(30 * 3600) == "30 h");
  CHECK(RoughDuration(9 * 86400) == "9 days");
}

TEST_CASE("the median is the middle", "[estimate]") {
  CHECK(MedianOf({5}) == 5);
  CHECK(MedianOf({9, 1}) == 5);
  CHECK(MedianOf({9, 1, 2}) == 2);
}
