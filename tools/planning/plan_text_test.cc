// What `plan` prints, word for word, of stores made here.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/core/testing.h"
#include "results/store.h"
#include "tools/planning/plan_json.h"
#include "tools/planning/plan_text.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

constexpr const char* kSpec = R"(spec = 1
name = "toy"
about = "which is best?"
[axes]
mode = ["a", "b"]
[axes.size]
when   = "mode = 'a'"
values = [1, 2, 3]
[[exclude]]
when = "size = 2"
why  = "too large"
[repeat]
seeds = [1, 2]
[goal]
maximize = ["score"]
[worker]
command = ["train", "{mode}", "{size}"]
)";

/// A spec beside a store, as one user has them.
class Bench {
 public:
  SweepPlan Plan(const std::string& text, Overrides overrides = {}) const {
    std::ofstream(folder_ / "spec.toml") << text;
    PlanRequest request;
    request.spec = folder_ / "spec.toml";
    request.overrides = std::move(overrides);
    return MakeSweepPlan(request).value();
  }

  /// Registers the plan; run i succeeds after figures[i].first seconds with figures[i].second.
  void Launch(const SweepPlan& plan, const std::vector<std::pair<double, double>>& figures) const {
    ResultStore store = ResultStore::Open(file()).value();
    Registration registration;
    registration.sweep = plan.spec.name;
    registration.worker = "train";
    registration.worker_version = plan.worker.version;
    registration.parameters = plan.parameters;
    for (const PlannedWork& work : plan.work) registration.runs.push_back({work.config, ""});
    REQUIRE(store.RegisterRuns(registration).ok());
    for (std::size_t run = 0; run < figures.size(); ++run) {
      Succeed(store, plan.work[run].config.id(), figures[run]);
    }
  }

  PlanStanding Standing(const SweepPlan& plan) const {
    auto standing = StandingOf(plan, file(), MachinePool(0, 2, 8e9), "here").value();
    standing.store = "s.db";
    return standing;
  }

  std::string Text(const SweepPlan& plan, std::size_t columns = 80) const {
    return PlanText(plan, Standing(plan), columns);
  }

  std::string Table(const SweepPlan& plan) const {
    std::ostringstream out;
    WriteCellTable(plan, Standing(plan), out);
    return out.str();
  }

  nlohmann::json Json(const SweepPlan& plan, PlanDetail detail = PlanDetail::kRuns) const {
    std::ostringstream out;
    WritePlanJson(plan, Standing(plan), detail, out);
    return nlohmann::json::parse(out.str());
  }

  std::filesystem::path file() const { return folder_ / "s.db"; }

 private:
  static void Succeed(ResultStore& store, const std::string& run,
                      std::pair<double, double> figures) {
    AttemptStart start;
    start.host = "here";
    start.boot_id = "boot";
    start.resources_json = "{}";
    AttemptEnd end;
    end.key = store.BeginAttempt(run, start).value().key;
    end.outcome = Outcome::kCompleted;
    end.next_state = RunState::kSucceeded;
    end.ended_ms = static_cast<std::int64_t>(figures.first * 1000);
    end.peak_rss_bytes = std::int64_t{1} << 29;
    end.final_metrics = {{"score", figures.second}};
    REQUIRE(store.FinishAttempt(end).value());
  }

  TempFolder folder_;
};

std::string Replaced(std::string text, const std::string& before, const std::string& after) {
  text.replace(text.find(before), before.size(), after);
  return text;
}

}  // namespace

TEST_CASE("a plan without a store says what it has to go by: nothing", "[plan-text]") {
  const Bench bench;
  CHECK(bench.Text(bench.Plan(kSpec)) ==
        "toy: which is best?\n"
        "  axes      mode (2): a, b\n"
        "    ×       size (3): 1, 2, 3 when mode = 'a'\n"
        "  cells     4 before any rule\n"
        "  dropped   1 cell where size = 2: too large\n"
        "  runs      6 = 3 cells × 2 seeds\n"
        "  store     s.db, not made yet: all 6 to run\n"
        "  time      no run of this worker has finished on this machine yet: no estimate\n"
        "  detects   differences in score of 12 sd or more, 4 times out of 5, with 2\n"
        "            seeds, before any adjustment; how much that is shows once cells have\n"
        "            two runs each\n");
}

TEST_CASE("a number and a text that look the same are told apart", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(Replaced(kSpec, "[1, 2, 3]", "[1, \"1\", \"b\"]"));
  CHECK_THAT(bench.Text(plan), Catch::Contains("size (3): 1, '1', 'b' when mode = 'a'\n"));
  CHECK_THAT(bench.Table(plan), Catch::Contains("'1'") && Catch::Contains("'b'"));
}

TEST_CASE("a plan of a sweep begun says what is missing and what that takes", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(kSpec);
  bench.Launch(plan, {{60, 0.5}, {80, 0.6}, {200, 0.7}, {60, 0.52}, {80, 0.6}});
  CHECK(bench.Text(plan) ==
        "toy: which is best?\n"
        "  axes      mode (2): a, b\n"
        "    ×       size (3): 1, 2, 3 when mode = 'a'\n"
        "  cells     4 before any rule\n"
        "  dropped   1 cell where size = 2: too large\n"
        "  runs      6 = 3 cells × 2 seeds\n"
        "  store     s.db has 5 of them; 1 to run\n"
        "  sweep     begun: 5 of 6 runs done\n"
        "  time      4 min, one run at a time (from 1 finished run of the same cells)\n"
        "  memory    about 0.50 GiB a run at most, mode=b (from its finished runs)\n"
        "  detects   differences in score of 0.16 or more, 4 times out of 5, with 2\n"
        "            seeds, before any adjustment (paired by seed, as spread in 5 runs)\n");
}

TEST_CASE("a plan that is done asks for nothing", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(kSpec);
  bench.Launch(plan, {{1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}, {1, 1}});
  const std::string text = bench.Text(plan);
  CHECK_THAT(text, Catch::Contains("store     s.db has 6 of them; 0 to run\n") &&
                       Catch::Contains("any difference in score: 6 runs"));
  CHECK_THAT(text, !Catch::Contains("time ") && !Catch::Contains("memory"));
}

TEST_CASE("an edited spec says beforehand what joins and what is kept and marked", "[plan-text]") {
  const Bench bench;
  bench.Launch(bench.Plan(kSpec), {{60, 0.5}});
  const SweepPlan edited = bench.Plan(Replaced(kSpec, "[1, 2, 3]", "[1, 4]"));
  CHECK_THAT(bench.Text(edited),
             Catch::Contains("  sweep     begun: 1 of 6 runs done\n"
                             "            2 runs will be new to it\n"
                             "            2 runs of the store's sweep are no longer in the file: "
                             "they will be\n"
                             "            kept and marked\n"));
  bench.Launch(edited, {});
  const SweepPlan back = bench.Plan(Replaced(kSpec, "[1, 2, 3]", "[1, 3]"));
  CHECK_THAT(bench.Text(back),
             Catch::Contains("            2 runs that an earlier edit took out will be in it "
                             "again\n"
                             "            2 runs of the store's sweep are no longer"));
  CHECK_THAT(bench.Text(edited),
             Catch::Contains("  sweep     begun: 1 of 6 runs done\n"
                             "            2 runs are outside the plan since an earlier edit, kept "
                             "and marked\n"));
}

TEST_CASE("a narrowed plan says that nothing is marked", "[plan-text]") {
  const Bench bench;
  bench.Launch(bench.Plan(kSpec), {});
  Overrides overrides;
  overrides.seeds = 1;
  const std::string text = bench.Text(bench.Plan(kSpec, overrides), kEndlessColumns);
  CHECK_THAT(text, Catch::Contains("            3 runs of the sweep are not asked for by this "
                                   "command line, which marks nothing\n"));
  CHECK_THAT(text, Catch::Contains("  runs      3 = 3 cells × 1 seed\n"));
  CHECK_THAT(text, Catch::Contains("  detects   nothing: one seed cannot tell a difference from "
                                   "chance; give [repeat] more seeds, e.g. seeds = [1, 2, 3, 4, "
                                   "5]\n"));
}

TEST_CASE("limits, twins, points and what several rules match have their lines", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(Replaced(kSpec, "[repeat]", R"([[exclude]]
when = "size >= 2"
why  = "slow"
[[point]]
mode = "b"
label = "twin"
[limits]
mem = "2GiB"
timeout = "20m"
[[limits.rule]]
when = "mode = 'b'"
mem = "512MiB"
[repeat])"));
  const std::string text = bench.Text(plan, 120);
  CHECK_THAT(text, Catch::Contains("  points    1 extra cell\n"));
  CHECK_THAT(text, Catch::Contains("  dropped   1 cell of 2 matched where size >= 2: slow\n"));
  CHECK_THAT(text,
             Catch::Contains("  twins     1 cell is the same as an earlier one and run once\n"));
  CHECK_THAT(text, Catch::Contains(
                       "  limits    mem 2 GiB, timeout 20 min a run; a rule changes that in some "
                       "cells\n"));
  CHECK(bench.Table(plan).substr(8) ==
        "  mode  label  done      mem\n"
        "────────  ────  ─────  ────  ───────\n" +
            plan.work[0].config.cell().substr(0, 8) + "     a          0/2    2 GiB\n" +
            plan.work[1].config.cell().substr(0, 8) + "     b  twin    0/2  512 MiB\n");
}

TEST_CASE("small limits are told to the part that counts", "[planning]") {
  const Bench bench;
  const SweepPlan plan =
      bench.Plan(Replaced(kSpec, "[repeat]", "[limits]\nmem = 100\ntimeout = \"1.5s\"\n[repeat]"));
  CHECK_THAT(bench.Text(plan, 120),
             Catch::Contains("  limits    mem 100 bytes, timeout 1.5 s a run\n"));
}

TEST_CASE("many values are told by the first and the last", "[plan-text]") {
  const Bench bench;
  const std::string text =
      bench.Text(bench.Plan(Replaced(kSpec, "values = [1, 2, 3]", "from = 1\nto = 100\nstep = 1")));
  CHECK_THAT(text, Catch::Contains("size (100): 1, 2 … 100 when mode = 'a'\n"));
}

TEST_CASE("a single cell is held against none", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(Replaced(Replaced(kSpec, "[\"a\", \"b\"]", "[\"b\"]"),
                                             "[[exclude]]\nwhen = \"size = 2\"\nwhy  = \"too "
                                             "large\"\n",
                                             ""));
  CHECK_THAT(bench.Text(plan), !Catch::Contains("detects"));
  CHECK(bench.Json(plan).at("detectable").is_null());
}

TEST_CASE("the JSON of a plan holds all that the text says, and every run", "[plan-text]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(kSpec);
  bench.Launch(plan, {{60, 0.5}, {80, 0.6}, {200, 0.7}, {60, 0.52}, {80, 0.6}});
  const nlohmann::json json = bench.Json(plan);
  CHECK(json.at("version") == 1);
  CHECK(json.at("axes").at(1) ==
        nlohmann::json::parse(
            R"({"names":["size"],"size":3,"when":"mode = 'a'","values":[[1,2,3]]})"));
  CHECK(json.at("excluded").at(0).at("matched") == 1);
  CHECK(json.at("store") ==
        nlohmann::json::parse(R"({"file":"s.db","exists":true,"succeeded":5,"failed":0,"aborted":0,
                                  "left":1,"for_weights":0,"running":0,"lost":0})"));
  CHECK(json.at("begun") ==
        nlohmann::json::parse(R"({"runs":6,"succeeded":5,"added":0,"returning":0,"not_named":0,
                                  "marked_by_run":0,"outside_plan":0})"));
  CHECK(json.at("estimate").at("seconds") == 200);
  CHECK(json.at("estimate").at("from_runs") == 1);
  CHECK(json.at("detectable").at("difference").get<double>() == Approx(0.16).epsilon(0.05));
  CHECK(json.at("runs").size() == 6);
  CHECK(json.at("runs").at(5).at("state") == "pending");
  CHECK(json.at("runs").at(0).at("parameters") ==
        nlohmann::json::parse(R"({"mode":"a","size":1})"));
  CHECK_FALSE(json.contains("cell_list"));
  const auto cells = bench.Json(plan, PlanDetail::kRunsAndCells).at("cell_list");
  CHECK(cells.size() == 3);
  CHECK(cells.at(2).at("runs") == 2);
  CHECK(cells.at(2).at("succeeded") == 1);
}

TEST_CASE("a plan says which runs start from others", "[plan]") {
  const Bench bench;
  const SweepPlan plan = bench.Plan(
      "spec = 1\nname = \"t\"\n[axes]\nmode = [\"a\", \"b\", \"c\"]\n[[init_from]]\n"
      "when = \"mode <> 'a'\"\nparent = \"mode = 'a'\"\n"
      "[worker]\ncommand = [\"train\", \"{mode}\"]\n");
  CHECK(bench.Text(plan).find(
            "\n  starts    2 cells with the final weights of 1 other, same seed\n") !=
        std::string::npos);
  const nlohmann::json runs = bench.Json(plan)["runs"];
  CHECK(runs[0]["parent"].is_null());
  CHECK(runs[1]["parent"] == runs[0]["id"]);
}
