// What a plan asks of the store: what runs took, how they scatter, what a launch would change.
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "results/extension.h"
#include "results/finished_cells.h"
#include "results/seed_noise.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

SweepMember Run(const char* attention, std::int64_t seed) {
  return Member({{"attention", std::string(attention)}}, seed);
}

/// A success on `host` that took `seconds` and `rss` bytes.
void Take(ResultStore& store, const SweepMember& member, double seconds, std::int64_t rss,
          double accuracy, const std::string& host = "here") {
  AttemptEnd end = Completed(Begin(store, member, host), {{"accuracy", accuracy}});
  end.ended_ms = 1000 + static_cast<std::int64_t>(seconds * 1000);
  end.peak_rss_bytes = rss;
  REQUIRE(store.FinishAttempt(end).value());
}

}  // namespace

TEST_CASE("finished cells hold what their runs took here and what they gave anywhere", "[plan]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const auto full1 = Run("full", 1), full2 = Run("full", 2), none1 = Run("none", 1);
  REQUIRE(store.RegisterRuns(SweepOf({full1, full2, none1, Run("none", 2)})).ok());
  Take(store, full1, 2.5, 100, 0.8);
  Take(store, full2, 9, 900, 0.9, "elsewhere");
  Take(store, none1, 0.5, 50, std::nan(""));
  const auto cells = ReadFinishedCells(store.connection(), {"1", "here", "accuracy"}).value();
  REQUIRE(cells.size() == 2);
  CHECK(cells[0].parameters == full1.config.parameters());
  CHECK(cells[0].seconds == std::vector{2.5});
  CHECK(cells[0].peak_rss_bytes == std::vector{100.0});
  CHECK(cells[0].figures == FiguresBySeed{{1, 0.8}, {2, 0.9}});
  CHECK(cells[1].figures.empty());
  CHECK(ReadFinishedCells(store.connection(), {"2", "here", "accuracy"}).value().empty());
  CHECK(ReadFinishedCells(store.connection(), {"1", "here", "f1"}).value()[0].figures.empty());
}

TEST_CASE("the most memory that a run ran out of is known", "[plan]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const auto run = Run("full", 1);
  REQUIRE(store.RegisterRuns(SweepOf({run})).ok());
  const auto run_out_of = [&](const char* resources) {
    AttemptStart start;
    start.resources_json = resources;
    AttemptEnd end = Completed(store.BeginAttempt(run.config.id(), start).value().key, {});
    end.outcome = Outcome::kOutOfMemory;
    end.next_state = RunState::kPending;
    REQUIRE(store.FinishAttempt(end).value());
  };
  run_out_of("{\"cpus\":1.0}");
  CHECK(ReadOutOfMemory(store.connection()).value().empty());
  run_out_of("{\"mem\":200.0}");
  run_out_of("{\"mem\":100.0}");
  CHECK(ReadOutOfMemory(store.connection()).value().at(run.config.id()) == 200);
  run_out_of("{\"mem\":50.0,\"mem_limit\":300}");  // admitted by less than it might take
  CHECK(ReadOutOfMemory(store.connection()).value().at(run.config.id()) == 300);
  Take(store, run, 1, 1, 1);
  CHECK(ReadOutOfMemory(store.connection()).value().empty());
}

TEST_CASE("parameters are read for an even sample of many cells", "[plan]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  std::vector<SweepMember> runs;
  for (std::int64_t cell = 0; cell < 300; ++cell) runs.push_back(Member({{"attention", cell}}, 1));
  REQUIRE(store.RegisterRuns(SweepOf(runs)).ok());
  for (const SweepMember& run : runs) Take(store, run, 1, 1, 1);
  const auto cells = ReadFinishedCells(store.connection(), {"1", "here", ""}).value();
  CHECK(cells.size() == 300);
  std::size_t read = 0;
  for (const FinishedCell& cell : cells) read += cell.parameters.size();
  CHECK(read == kMostNeighbours);
  CHECK(cells.front().parameters.size() == 1);
}

TEST_CASE("noise is that of the differences by seed, whatever the cells' means", "[plan]") {
  const FiguresBySeed a = {{1, 10}, {2, 20}, {3, 30}};
  const FiguresBySeed b = {{1, 1}, {2, 12}, {3, 20}, {4, 99}};  // differences -9, -8, -10
  const auto noise = SeedNoiseOf({&a, &b}).value();
  CHECK(noise.paired);
  CHECK(noise.sd == Approx(1));
  CHECK(noise.runs == 7);
  const FiguresBySeed c = {{1, 1}, {2, 16}};  // differences 0 and 4: squares 8 over 1
  CHECK(SeedNoiseOf({&a, &b, &c}).value().sd == Approx(std::sqrt((2 * 1.0 + 8) / 3)));
}

TEST_CASE("without pairs noise comes from the spread within cells", "[plan]") {
  const FiguresBySeed a = {{1, 1}, {2, 3}}, b = {{7, 5}}, empty;
  const auto noise = SeedNoiseOf({&a, &b, &empty}).value();
  CHECK_FALSE(noise.paired);
  CHECK(noise.sd == Approx(std::sqrt(2.0) * std::sqrt(2.0)));
  CHECK_FALSE(SeedNoiseOf({&b, &empty}).has_value());
  CHECK_FALSE(SeedNoiseOf({}).has_value());
  const FiguresBySeed infinite = {{1, std::numeric_limits<double>::infinity()}, {2, 3}};
  CHECK_FALSE(SeedNoiseOf({&infinite, &infinite}).has_value());
}

TEST_CASE("an extension counts what joins, leaves, stays out and comes back", "[plan]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const auto a = Run("a", 1), b = Run("b", 1), c = Run("c", 1), d = Run("d", 1), e = Run("e", 1);
  const auto extension = [&](std::vector<std::string> runs, const char* sweep = "demo") {
    return ExtensionOf(store.connection(), sweep, runs).value();
  };
  CHECK_FALSE(extension({a.config.id()}).has_value());
  REQUIRE(store.RegisterRuns(SweepOf({a, b, c, d})).ok());
  Succeed(store, a, {{"accuracy", 1}});
  REQUIRE(store.RegisterRuns(SweepOf({a, b})).ok());  // c and d are out
  const auto found = extension({a.config.id(), c.config.id(), e.config.id()}).value();
  CHECK(found.in_plan == 2);
  CHECK(found.succeeded == 1);
  CHECK(found.added == 1);
  CHECK(found.returning == 1);
  CHECK(found.leaving == 1);
  CHECK(found.outside == 1);
  CHECK_FALSE(extension({a.config.id()}, "other").has_value());
}
