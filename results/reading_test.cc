#include <catch2/catch.hpp>
#include <cmath>

#include "results/figure_scale.h"
#include "results/run_record.h"
#include "results/sweeps.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

SweepMember Full(std::int64_t seed) { return Member({{"attention", std::string("full")}}, seed); }

struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const Connection& db = store.connection();
};

}  // namespace

TEST_CASE("progress counts the plan's runs and groups failures by their reason", "[sweeps]") {
  Fixture f;
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1), Full(2), Full(3), Full(4), Full(5)})).ok());
  Succeed(f.store, Full(1), {});
  const auto fail = [&](std::int64_t seed, RunState next, const char* error) {
    const auto attempt = Begin(f.store, Full(seed));
    CHECK(f.store.FinishAttempt(Ended(attempt, Outcome::kCrashed, next, error)).value());
  };
  fail(2, RunState::kPending, "an earlier reason");
  fail(2, RunState::kFailed, "no data");
  fail(3, RunState::kFailed, "no data");
  fail(4, RunState::kFailed, "other");
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1), Full(2), Full(3), Full(4)})).ok());
  const Sweep sweep = FindSweep(f.db, "demo").value();
  const SweepProgress progress = ProgressOf(f.db, sweep).value();
  CHECK(progress.runs == 4);
  CHECK(progress.cells == 1);
  CHECK(progress.outside_plan == 1);
  CHECK(progress.Count(RunState::kSucceeded) == 1);
  CHECK(progress.Count(RunState::kFailed) == 3);
  CHECK(progress.last_activity_ms == 2000);
  REQUIRE(progress.failures.size() == 2);
  CHECK(progress.failures[0].error == "no data");
  CHECK(progress.failures[0].runs == 2);
  CHECK(progress.failures[1].error == "other");
}

TEST_CASE("an unknown sweep is not found and the near one suggested", "[sweeps]") {
  Fixture f;
  CHECK(FindSweep(f.db, "demo").status().message().find("has none yet") != std::string::npos);
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1)})).ok());
  const Status status = FindSweep(f.db, "dem").status();
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message() == "no sweep 'dem' in the store, did you mean 'demo'?");
}

TEST_CASE("a run is found by the start of its id with all there is about it", "[runs]") {
  Fixture f;
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1), Full(2)})).ok());
  const auto attempt = Begin(f.store, Full(1));
  const std::vector<std::pair<std::int64_t, Measurement>> measured = {
      {attempt, {"loss", "train", 2, 0.25}},
      {attempt, {"loss", "train", 1, 0.5}},
      {attempt, {"loss", "valid", 1, std::nan("")}}};
  REQUIRE(f.store.AppendMeasurements(measured).ok());
  CHECK(f.store.FinishAttempt(Completed(attempt, {{"accuracy", std::nan("")}, {"steps", 2}}))
            .value());
  std::string prefix = Full(1).config.id().substr(0, 12);
  prefix[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(prefix[0])));
  const RunRecord run = FindRun(f.db, prefix).value();
  CHECK(run.id == Full(1).config.id());
  CHECK(run.state == RunState::kSucceeded);
  CHECK(run.parameters[0] == std::pair<std::string, Value>("attention", std::string("full")));
  REQUIRE(run.metrics.size() == 2);
  CHECK(std::isnan(run.metrics[0].value));
  CHECK(run.metrics[1].value == 2);
  REQUIRE(run.curves.size() == 2);
  CHECK(run.curves[0].points == std::vector<std::pair<std::int64_t, double>>{{1, 0.5}, {2, 0.25}});
  CHECK(std::isnan(run.curves[1].points[0].second));
  REQUIRE(run.attempts.size() == 1);
  CHECK(run.attempts[0].log_path == "store.runs/ab/attempt-1.log");
  CHECK(run.attempts[0].outcome == Outcome::kCompleted);
}

TEST_CASE("the spec of a run is that of the sweep launched last", "[runs]") {
  Fixture f;
  Registration first = SweepOf({Full(1)});
  first.spec_text = "old";
  REQUIRE(f.store.RegisterRuns(first).ok());
  first.spec_text = "new";
  REQUIRE(f.store.RegisterRuns(first).ok());
  CHECK(LastSpecOf(f.db, Full(1).config.id()).value() == "new");
  CHECK(LastSpecOf(f.db, "none").value().empty());
}

TEST_CASE("a prefix of several runs lists them, one of none is not found", "[runs]") {
  Fixture f;
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1), Full(2)})).ok());
  REQUIRE(Connection::Open(f.folder / "s.db", OpenMode::kCreate)
              ->Execute("UPDATE run SET id = 'abcd' || substr(id, 5)")
              .ok());
  const Status several = FindRun(f.db, "abcd").status();
  CHECK(several.code() == Code::kInvalidArgument);
  CHECK(several.message().find("start of 2 run ids") != std::string::npos);
  CHECK(several.message().find("pending (seed 2)") != std::string::npos);
  CHECK(FindRun(f.db, "0000").status().code() == Code::kNotFound);
  CHECK(FindRun(f.db, "abc").status().message().find("at least 4 digits") != std::string::npos);
  CHECK(FindRun(f.db, "demo").status().message().find("no run id") != std::string::npos);
}

TEST_CASE("decimals follow the spread, and bytes get the unit that suits", "[figures]") {
  const FigureScale close = FigureScale::Fit("", {{3, 0.91234, 0.00123}, {3, 0.9, 0.002}});
  CHECK(close.Format(0.91234) == "0.9123");
  CHECK(close.FormatSigned(-0.00001) == "+0.0000");
  CHECK(FigureScale::Fit("", {{3, 12345.6, 234.0}}).Format(12345.6) == "12346");
  CHECK(FigureScale::Fit("", {{1, 0.912345, {}}}).Format(0.912345) == "0.9123");
  CHECK(FigureScale::Fit("", {{3, 49922.0, 0.0}}).Format(49922) == "49922");
  CHECK(FigureScale::Fit("bytes", {{1, 3 * 1048576.0, {}}}).Header("peak") == "peak [MiB]");
  CHECK(FormatFigure(1536, "bytes") == "1.500 KiB");
  CHECK(FormatFigure(0, "bytes") == "0 bytes");
  CHECK(FormatFigure(12, "tokens") == "12 tokens");
  CHECK(FormatFigure(std::nan(""), "") == "NaN");
  CHECK(FigureScale::Fit("", {{1, 2e60, {}}}).FormatSigned(-2e60) == "-2e+60");
  CHECK(FormatFigure(1234567890123456, "") == "1.235e+15");
  const FigureScale small = FigureScale::Fit("", {{3, 3.123e-9, 4e-11}, {3, 2e-9, 0.0}});
  CHECK(small.Format(3.123e-9) == "3.123e-09");
  CHECK(small.Format(4e-11) == "4.000e-11");
  CHECK(small.FormatSigned(-1e-9) == "-1.000e-09");
  CHECK(small.Format(0) == "0");
  CHECK(FigureScale::Fit("", {{3, 0.8, 1e-17}}).Format(0.8) == "0.8000");
  CHECK(close.Refined({{3, 4e-9, 1e-9}}).FormatSigned(4e-9) == "+4.0e-09");
  CHECK(close.Refined({{3, 1e-17, 1e-17}}).FormatSigned(1e-17) == "+0.0000");
}
