#include <fcntl.h>
#include <sys/file.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/core/testing.h"
#include "orchestrator/core/unique_fd.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/run_text.h"
#include "tools/reading/status_text.h"
#include "tools/reading/times.h"

using namespace sweepformer;

namespace {

AttemptRow Attempt(int number, std::optional<Outcome> outcome, std::string error = "") {
  AttemptRow attempt;
  attempt.number = number;
  attempt.host = "ada";
  attempt.started_ms = 60'000;
  if (outcome) attempt.ended_ms = 62'500;
  attempt.outcome = outcome;
  attempt.error = std::move(error);
  attempt.log_path = "s.db.runs/ab/attempt-1.log";
  return attempt;
}

RunRecord Run(RunState state, std::vector<AttemptRow> attempts) {
  RunRecord run;
  run.id = "abcdef0123456789abcdef0123456789";
  run.cell = "0123";
  run.kind = "train";
  run.seed = 3;
  run.state = state;
  run.worker_version = "1";
  run.parameters = {{"attention", std::string("full")}, {"layers", std::int64_t{2}}};
  run.sweeps = {{"demo", "", true, false}};
  run.attempts = std::move(attempts);
  return run;
}

bool Has(const std::string& text, const std::string& words) {
  return text.find(words) != std::string::npos;
}

SweepStanding Standing() {
  SweepStanding standing;
  standing.sweep.name = "demo";
  standing.sweep.about = "what for";
  standing.progress.runs = 6;
  standing.progress.cells = 2;
  standing.progress.reused = 1;
  standing.progress.by_state = {{RunState::kSucceeded, 3}, {RunState::kFailed, 3}};
  standing.progress.last_activity_ms = 60'000;
  standing.progress.failures = {{"crashed", "signal 11\nand more", 3, "abcdef0123456789"}};
  return standing;
}

}  // namespace

TEST_CASE("times and durations are short and in UTC", "[reading]") {
  CHECK(FormatTime(1'000) == "1970-01-01 00:00:01Z");
  CHECK(FormatDuration(850) == "850 ms");
  CHECK(FormatDuration(42'999) == "42 s");
  CHECK(FormatDuration(200'000) == "3 min 20 s");
  CHECK(FormatDuration(7'500'000) == "2 h 5 min");
  CHECK(FormatDuration(273'600'000) == "3 d 4 h");
}

TEST_CASE("status counts runs and names the reasons of failures", "[reading]") {
  CHECK(StatusText({Standing()}, 102'000) ==
        "demo: what for\n"
        "  runs      6 in 2 cells: 3 succeeded (1 reused), 3 failed\n"
        "  active    1970-01-01 00:01:00Z (42 s ago)\n"
        "  failed    3 crashed: signal 11 (e.g. abcdef01)\n");
  CHECK(Has(StatusText({}, 0), "no sweep yet"));
}

TEST_CASE("status says why runs may be outside the plan", "[reading]") {
  SweepStanding standing = Standing();
  standing.progress.outside_plan = 2;
  CHECK(Has(StatusText({standing}, 0),
            "  2 outside the plan: the spec no longer names them, or the worker or the data are "
            "others since\n"));
}

TEST_CASE("one cell is no cells", "[reading]") {
  SweepStanding standing = Standing();
  standing.progress.cells = 1;
  CHECK(Has(StatusText({standing}, 0), "6 in 1 cell: "));
}

TEST_CASE("runs whose orchestrator is gone are interrupted, not running", "[reading]") {
  SweepStanding standing = Standing();
  standing.progress.by_state = {{RunState::kSucceeded, 5}, {RunState::kRunning, 1}};
  CHECK(Has(StatusText({standing}, 0), "1 running"));
  standing.interrupted = true;
  CHECK(Has(StatusText({standing}, 0),
            "5 succeeded (1 reused), 1 interrupted\n"
            "            interrupted: its orchestrator is gone; run the same command again to go "
            "on\n"));
  CHECK(nlohmann::json::parse(StatusJson({standing}))["sweeps"][0]["interrupted"] == true);
  const RunRecord run = Run(RunState::kRunning, {Attempt(1, {})});
  const std::string why = WhyText(run, {.interrupted = true});
  CHECK(Has(why, "seed 3: interrupted.\nAttempt 1 was under way on ada when"));
  CHECK(Has(why, "its orchestrator is gone; run the same command again to go on"));
  CHECK(Has(RunText(run, true), "state     interrupted"));
  CHECK(Has(RunText(run, true), "on ada, interrupted\n"));
  CHECK(nlohmann::json::parse(RunJson(run, true))["interrupted"] == true);
  CHECK(nlohmann::json::parse(RunJson(run))["interrupted"] == false);
}

TEST_CASE("an orchestrator is there as long as its lock is held", "[reading]") {
  const testing::TempFolder folder;
  const auto store = folder / "s.db";
  CHECK(OrchestratorWatch(store).IsGone());
  const std::string lock = store.string() + ".lock";
  const UniqueFd fd(open(lock.c_str(), O_RDWR | O_CREAT, 0644));
  const OrchestratorWatch before(store);
  CHECK(before.IsGone());
  REQUIRE(flock(fd.get(), LOCK_EX | LOCK_NB) == 0);
  const OrchestratorWatch during(store);
  CHECK_FALSE(before.IsGone());
  REQUIRE(flock(fd.get(), LOCK_UN) == 0);
  CHECK_FALSE(during.IsGone());
  CHECK(OrchestratorWatch(store).IsGone());
  std::ofstream(store) << "there";
  std::filesystem::create_symlink(store, folder / "link.db");
  REQUIRE(flock(fd.get(), LOCK_EX | LOCK_NB) == 0);
  CHECK_FALSE(OrchestratorWatch(folder / "link.db").IsGone());
}

TEST_CASE("status for scripts has a version and every state", "[reading]") {
  const auto json = nlohmann::json::parse(StatusJson({Standing()}));
  CHECK(json["version"] == 1);
  CHECK(json["sweeps"][0]["states"]["failed"] == 3);
  CHECK(json["sweeps"][0]["states"]["pending"] == 0);
  CHECK(json["sweeps"][0]["failures"][0]["error"] == "signal 11\nand more");
}

TEST_CASE("a run is shown with its attempts, figures and log", "[reading]") {
  RunRecord run = Run(RunState::kSucceeded, {Attempt(1, Outcome::kCompleted)});
  MetricSpec memory;
  memory.name = "peak_tensor_bytes";
  memory.unit = "bytes";
  run.metrics = {{memory, 3.0 * 1024 * 1024}};
  run.curves = {{"loss", "train", {{1, 0.7}, {2, 0.25}, {3, 0.5}}}};
  const std::string text = RunText(run);
  CHECK(Has(text, "state     succeeded, seed 3, train run"));
  CHECK(Has(text, "  layers     2\n"));
  CHECK(Has(text, "peak_tensor_bytes  3.000 MiB"));
  CHECK(Has(text, "loss (train)  █▁▅  0.7000 → 0.5000 over 3 steps, lowest 0.2500 at 2"));
  CHECK(Has(text, "  1  1970-01-01 00:01:00Z on ada, completed after 2 s\n"));
  CHECK(Has(text, "s.db.runs/ab/attempt-1.log"));
}

TEST_CASE("a run for scripts keeps NaN as text", "[reading]") {
  RunRecord run = Run(RunState::kSucceeded, {Attempt(1, Outcome::kCompleted)});
  MetricSpec loss;
  loss.name = "loss";
  run.metrics = {{loss, std::nan("")}};
  run.curves = {{"loss", "", {{1, std::nan("")}, {2, 0.5}}}};
  const auto json = nlohmann::json::parse(RunJson(run));
  CHECK(json["version"] == 1);
  CHECK(json["parameters"]["layers"] == 2);
  CHECK(json["metrics"]["loss"]["value"] == "NaN");
  CHECK(json["curves"][0]["points"][0][1] == "NaN");
  CHECK(json["attempts"][0]["outcome"] == "completed");
  CHECK(json["attempts"][0]["provenance"].is_null());
}

TEST_CASE("why says what each state means and what follows", "[reading]") {
  CHECK(Has(WhyText(Run(RunState::kPending, {}), {}), "waits for its first attempt"));
  CHECK(Has(WhyText(Run(RunState::kRunning, {Attempt(1, {})}), {.now_ms = 102'000}),
            "Attempt 1 has been under way on ada for 42 s"));
  CHECK(Has(WhyText(Run(RunState::kSucceeded, {Attempt(1, Outcome::kCompleted)}), {}),
            "not run again"));
  AttemptRow crashed = Attempt(1, Outcome::kCrashed, "segmentation fault");
  crashed.signal = 11;
  RunRecord failed = Run(RunState::kFailed, {crashed});
  failed.attempts_used = 1;
  const std::string why = WhyText(failed, {});
  CHECK(Has(why, "(signal 11): segmentation fault."));
  CHECK(Has(why, "--retry-failed"));
  RunRecord retried = Run(RunState::kPending, {crashed});
  retried.attempts_used = 1;
  CHECK(Has(WhyText(retried, {}), "It is to be retried: 1 of the attempts"));
  CHECK(Has(WhyText(Run(RunState::kPending, {Attempt(1, Outcome::kCompleted)}), {}),
            "It had succeeded without keeping its weights"));
}

TEST_CASE("why says that a run waits for its parent until that has succeeded", "[reading]") {
  RunRecord child = Run(RunState::kPending, {});
  child.parent = "0123456789abcdef0123456789abcdef";
  const std::string waits = "starts from the weights of run 01234567 and waits until that has";
  CHECK(Has(WhyText(child, {}), waits));
  CHECK(Has(WhyText(child, {.parent_state = RunState::kRunning}), waits));
  const std::string ready = WhyText(child, {.parent_state = RunState::kSucceeded});
  CHECK_FALSE(Has(ready, waits));
  CHECK(Has(ready, "It waits for its first attempt"));
}

TEST_CASE("why says what becomes of a run that is run once more for its weights", "[reading]") {
  RunRecord run = Run(RunState::kSucceeded, {Attempt(1, Outcome::kCompleted), Attempt(2, {})});
  CHECK(Has(WhyText(run, {.orchestrated = true}),
            "its result stands. It is run once more for its weights, which it had not kept and "
            "from which another run starts.\n"));
  const std::string interrupted = WhyText(run, {.interrupted = true});
  CHECK(Has(interrupted, "seed 3: succeeded.\n"));
  CHECK(Has(interrupted, "Attempt 2 was under way on ada when its orchestrator went.\n"));
  CHECK(Has(RunText(run, true), "state     succeeded"));
  run.attempts.back() = Attempt(2, Outcome::kFailed, "no room");
  CHECK(Has(WhyText(run, {}), "It was run once more for its weights, "));
  RunRecord child = Run(RunState::kAborted, {});
  child.parent = "0123456789abcdef0123456789abcdef";
  CHECK(Has(WhyText(child, {.parent_state = RunState::kSucceeded}),
            "the run it starts from, 01234567, had kept no weights, and they could not be made "
            "again"));
}

TEST_CASE("why sends nobody to `run` while an orchestrator holds the store", "[reading]") {
  AttemptRow lost = Attempt(1, Outcome::kLost);
  lost.counts = false;
  RunRecord child = Run(RunState::kPending, {});
  child.parent = "0123456789abcdef0123456789abcdef";
  for (const RunRecord& run : {Run(RunState::kPending, {}), Run(RunState::kPending, {lost})}) {
    const std::string why = WhyText(run, {.orchestrated = true});
    CHECK(Has(why,
              "It waits for its turn: the orchestrator that is running on this store has its "
              "slots, CPUs or memory taken by other runs."));
    CHECK_FALSE(Has(why, "the same `sweepformer run`"));
  }
  CHECK(Has(WhyText(child, {.orchestrated = true}),
            "waits until that has succeeded (sweepformer why 01234567).\n"));
  CHECK(Has(WhyText(child, {}), "; the same `sweepformer run` goes on with both.\n"));
}

TEST_CASE("why says of a failed attempt only what is known of it", "[reading]") {
  AttemptRow silent = Attempt(1, Outcome::kFailed, "the worker ended before it said hello");
  silent.exit_code = 0;
  CHECK(Has(WhyText(Run(RunState::kFailed, {silent}), {}),
            "Attempt 1 failed: the worker ended before it said hello.\n"));
  AttemptRow left = Attempt(1, Outcome::kFailed, "no data");
  left.exit_code = 3;
  CHECK(Has(WhyText(Run(RunState::kFailed, {left}), {}),
            "Attempt 1 failed (exit code 3): no data.\n"));
}

TEST_CASE("why names the limit of [retry] that a failed run has met", "[reading]") {
  AttemptRow left = Attempt(1, Outcome::kFailed, "exit code 1");
  left.exit_code = 1;
  RunRecord run = Run(RunState::kFailed, {left});
  run.attempts_used = 1;
  WhyContext context;
  context.retry.emplace();
  CHECK(Has(WhyText(run, context),
            "its last attempt ended as 'failed', and [retry] repeats only "
            "'crashed', 'out_of_memory' and 'lost'. "));
  CHECK(Has(WhyText(run, context), "Attempt 1 failed: exit code 1.\n"));
  run.attempts.back() = Attempt(3, Outcome::kCrashed, "signal 11");
  run.attempts_used = 3;
  CHECK(Has(WhyText(run, context), "3 attempts counted, and [retry] allows 3. "));
}

TEST_CASE("why for scripts has the facts and the sentences", "[reading]") {
  AttemptRow crashed = Attempt(1, Outcome::kCrashed, "killed by SIGSEGV");
  RunRecord run = Run(RunState::kPending, {crashed});
  run.attempts_used = 1;
  WhyContext context;
  context.retry.emplace();
  const auto json = nlohmann::json::parse(WhyJson(run, context));
  CHECK(json["version"] == 1);
  CHECK(json["state"] == "pending");
  CHECK(json["last_outcome"] == "crashed");
  CHECK(json["attempts_used"] == 1);
  CHECK(json["attempts_allowed"] == 3);
  CHECK(json["sentences"].size() == 3);
  CHECK(json["sentences"][2] ==
        "It is to be retried: 1 of the attempts that [retry] allows is used up.");
}

TEST_CASE("why names reuse, leaving the plan, lost attempts and NaN", "[reading]") {
  AttemptRow lost = Attempt(1, Outcome::kLost);
  lost.counts = false;
  RunRecord run = Run(RunState::kSucceeded, {lost, Attempt(2, Outcome::kCompleted)});
  run.sweeps = {{"old", "", false, false}, {"new", "", true, true}};
  run.sweeps.push_back({"other", "", false, false, true});
  MetricSpec loss;
  loss.name = "loss";
  run.metrics = {{loss, std::nan("")}};
  const std::string why = WhyText(run, {});
  CHECK(Has(why, "does not count against retry.attempts"));
  CHECK(Has(why, "In sweep 'old' it is skipped: the spec as last launched no longer names it. "));
  CHECK(Has(why,
            "In sweep 'other' it is skipped: the worker, the data or the run it starts from "
            "is another since. "));
  CHECK(Has(why, "In sweep 'new' it is reused"));
  CHECK(Has(why, "It is flagged: loss is NaN"));
}
