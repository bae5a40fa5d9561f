#include "results/store.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

const SweepMember kFull1 = Member({{"attention", std::string("full")}}, 1);
const SweepMember kFull2 = Member({{"attention", std::string("full")}}, 2);
const SweepMember kNone1 = Member({{"attention", std::string("none")}}, 1, "bag of embeddings");

/// A store with the three runs above registered.
struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  Fixture() { REQUIRE(store.RegisterRuns(SweepOf({kFull1, kNone1, kFull2})).ok()); }

  std::vector<std::string> Query(const std::string& sql) { return Rows(store.connection(), sql); }
  RunStanding StandingOf(const SweepMember& member) {
    return store.StandingOf(std::vector{member.config.id()}).value().at(member.config.id());
  }
};

using Strings = std::vector<std::string>;

/// What `check` says in a process that may read `folder` but not write to it.
bool WithoutWritePermission(const std::filesystem::path& folder,
                            const std::function<bool()>& check) {
  using std::filesystem::perms;
  std::filesystem::permissions(folder, perms(0555));
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(2);
    _exit(check() ? 0 : 1);
  }
  int status = 1;
  waitpid(child, &status, 0);
  std::filesystem::permissions(folder, perms(0755));
  return status == 0;
}

}  // namespace

TEST_CASE("registering twice changes nothing", "[store]") {
  Fixture f;
  const auto runs = f.Query("SELECT * FROM runs ORDER BY id");
  const auto changed = f.Query("SELECT id, changed FROM run");
  REQUIRE(f.store.RegisterRuns(SweepOf({kFull1, kNone1, kFull2})).ok());
  CHECK(f.Query("SELECT * FROM runs ORDER BY id") == runs);
  CHECK(f.Query("SELECT id, changed FROM run") == changed);
  CHECK(runs.size() == 3);
  CHECK(f.Query("SELECT label FROM runs WHERE attention = 'none'") == Strings{"bag of embeddings"});
}

TEST_CASE("a whole registration marks what it no longer names and keeps it", "[store]") {
  Fixture f;
  REQUIRE(f.store.RegisterRuns(SweepOf({kFull1})).ok());
  const std::string sql = "SELECT attention, seed, in_plan FROM runs ORDER BY attention, seed";
  CHECK(f.Query(sql) == Strings{"full|1|1", "full|2|0", "none|1|0"});
  REQUIRE(f.store.RegisterRuns(SweepOf({kFull1, kFull2, kNone1})).ok());
  CHECK(f.Query(sql) == Strings{"full|1|1", "full|2|1", "none|1|1"});
}

TEST_CASE("a registration narrowed by the command line takes nothing out of the plan", "[store]") {
  Fixture f;
  Registration narrowed = SweepOf({kFull2});
  narrowed.whole = false;
  REQUIRE(f.store.RegisterRuns(narrowed).ok());
  CHECK(f.Query("SELECT count(*) FROM runs WHERE in_plan") == Strings{"3"});
  CHECK(f.Query("SELECT position FROM member ORDER BY position") == Strings{"0", "1", "2"});
}

TEST_CASE("only a whole registration takes a label away", "[store]") {
  Fixture f;
  const SweepMember unlabelled{kNone1.config, ""};
  Registration launch = SweepOf({unlabelled});
  launch.whole = false;
  REQUIRE(f.store.RegisterRuns(launch).ok());
  const std::string sql = "SELECT label FROM runs WHERE attention = 'none'";
  CHECK(f.Query(sql) == Strings{"bag of embeddings"});
  launch.runs[0].label = "bag";
  REQUIRE(f.store.RegisterRuns(launch).ok());
  CHECK(f.Query(sql) == Strings{"bag"});
  REQUIRE(f.store.RegisterRuns(SweepOf({unlabelled})).ok());
  CHECK(f.Query(sql) == Strings{""});
}

TEST_CASE("a run that had succeeded before it became a member is reused", "[store]") {
  Fixture f;
  Succeed(f.store, kFull1, {{"accuracy", 0.5}});
  Registration other = SweepOf({kFull1, kFull2});
  other.sweep = "other";
  REQUIRE(f.store.RegisterRuns(other).ok());
  CHECK(f.Query("SELECT sweep, seed, reused, accuracy FROM runs WHERE attention = 'full' "
                "ORDER BY sweep, seed") ==
        Strings{"demo|1|0|0.5", "demo|2|0|", "other|1|1|0.5", "other|2|0|"});
}

TEST_CASE("an attempt is recorded before it starts and numbered from 1", "[store]") {
  Fixture f;
  const auto ticket = f.store.BeginAttempt(kFull1.config.id(), Start());
  REQUIRE(ticket.ok());
  CHECK(ticket->number == 1);
  CHECK(ticket->log_path == "store.runs/ab/attempt-1.log");
  CHECK(f.StandingOf(kFull1).state == RunState::kRunning);
  CHECK(f.store.BeginAttempt(kFull1.config.id(), Start()).status().code() ==
        Code::kInvalidArgument);
  CHECK(f.store.BeginAttempt("no such run", Start()).status().code() == Code::kNotFound);
  REQUIRE(f.store.RecordProcess(ticket->key, 42, 777, 2000).ok());
  CHECK(f.store.RecordProcess(999, 42, 777, 2000).code() == Code::kNotFound);
  REQUIRE(f.store.RecordProvenance(ticket->key, R"({"cpu":"x"})").ok());
  CHECK(
      f.Query(
          "SELECT number, kind, host, pid, started_ms, ended_ms, provenance_json FROM attempts") ==
      Strings{R"(1|train|here|42|2000||{"cpu":"x"})"});
}

TEST_CASE("an attempt that was never started is taken back without a trace", "[store]") {
  Fixture f;
  const auto begun = Begin(f.store, kFull1), started = Begin(f.store, kFull2);
  REQUIRE(f.store.RecordProcess(started, 42, 777, 2000).ok());
  REQUIRE(f.store.TakeBack(begun).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kPending);
  CHECK(f.Query("SELECT count(*) FROM attempts") == Strings{"1"});
  CHECK(f.Query("SELECT state, runs FROM tally WHERE runs <> 0 ORDER BY state") ==
        Strings{"pending|2", "running|1"});
  CHECK(f.store.BeginAttempt(kFull1.config.id(), Start())->number == 1);
  CHECK(f.store.TakeBack(started).code() == Code::kInvalidArgument);
  CHECK(f.StandingOf(kFull2).state == RunState::kRunning);
}

TEST_CASE("taking back an attempt leaves an earlier result alone", "[store]") {
  Fixture f;
  Succeed(f.store, kFull1, {{"accuracy", 0.5}});
  REQUIRE(f.store.TakeBack(Begin(f.store, kFull1)).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kSucceeded);
  CHECK(f.Query("SELECT accuracy FROM runs WHERE state = 'succeeded'") == Strings{"0.5"});
}

TEST_CASE("a result is accepted exactly once", "[store]") {
  Fixture f;
  const auto attempt = Begin(f.store, kFull1);
  CHECK(f.store.FinishAttempt(Completed(attempt, {{"accuracy", 0.5}})).value());
  CHECK_FALSE(f.store.FinishAttempt(Completed(attempt, {{"accuracy", 0.9}})).value());
  CHECK(f.Query("SELECT accuracy FROM runs WHERE state = 'succeeded'") == Strings{"0.5"});
  CHECK(f.store.FinishAttempt(Completed(999)).status().code() == Code::kNotFound);
}

TEST_CASE("a late result of an attempt that was given up is refused", "[store]") {
  Fixture f;
  const auto first = Begin(f.store, kFull1);
  CHECK(f.store.FinishAttempt(Ended(first, Outcome::kLost, RunState::kPending, "gone")).value());
  const auto second = f.store.BeginAttempt(kFull1.config.id(), Start());
  CHECK(second->number == 2);
  CHECK_FALSE(f.store.FinishAttempt(Completed(first, {{"accuracy", 0.5}})).value());
  CHECK(f.StandingOf(kFull1).state == RunState::kRunning);
  CHECK(f.Query("SELECT number, outcome, error FROM attempts ORDER BY number") ==
        Strings{"1|lost|gone", "2||"});
}

TEST_CASE("only attempts that count use up the budget, and reopening renews it", "[store]") {
  Fixture f;
  AttemptEnd lost = Ended(Begin(f.store, kFull1), Outcome::kLost, RunState::kPending, "we died");
  lost.counts = false;
  CHECK(f.store.FinishAttempt(lost).value());
  CHECK(f.StandingOf(kFull1).attempts_used == 0);
  const auto second = Begin(f.store, kFull1);
  CHECK(f.store.FinishAttempt(Ended(second, Outcome::kFailed, RunState::kFailed, "x")).value());
  CHECK(f.StandingOf(kFull1).attempts_used == 1);
  REQUIRE(f.store.Reopen(std::vector{kFull1.config.id(), kFull2.config.id()}).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kPending);
  CHECK(f.StandingOf(kFull1).attempts_used == 0);
  Succeed(f.store, kFull1, {});
  REQUIRE(f.store.Reopen(std::vector{kFull1.config.id()}).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kSucceeded);
}

TEST_CASE("a run is given up and wanted again, but never while an attempt is under way",
          "[store]") {
  Fixture f;
  const std::vector ids{kFull1.config.id(), kFull2.config.id()};
  Begin(f.store, kFull2);
  REQUIRE(f.store.SetStates(ids, RunState::kAborted).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kAborted);
  CHECK(f.StandingOf(kFull2).state == RunState::kRunning);
  REQUIRE(f.store.SetStates(ids, RunState::kPending).ok());
  CHECK(f.StandingOf(kFull1).state == RunState::kPending);
}

TEST_CASE("what was given up for a failed run is wanted once that succeeds", "[store]") {
  Fixture f;
  std::vector<SweepMember> family = {kFull1};
  while (family.size() < 3) {
    RunContent content = kFull1.config.content();
    content.parent = family.back().config.id();
    content.parent_cell = family.back().config.cell();
    family.push_back({RunConfig(content), ""});
  }
  const std::vector heirs{family[1].config.id(), family[2].config.id()};
  REQUIRE(f.store.RegisterRuns(SweepOf(family)).ok());
  REQUIRE(f.store.SetStates(heirs, RunState::kAborted).ok());
  REQUIRE(f.store.SetStates(std::vector{kFull2.config.id()}, RunState::kAborted).ok());
  const auto failed = Ended(Begin(f.store, kFull1), Outcome::kFailed, RunState::kFailed, "x");
  REQUIRE(f.store.FinishAttempt(failed).value());
  CHECK(f.StandingOf(family[1]).state == RunState::kAborted);
  Succeed(f.store, kFull1, {});
  CHECK(f.StandingOf(family[1]).state == RunState::kPending);
  CHECK(f.StandingOf(family[2]).state == RunState::kPending);
  CHECK(f.StandingOf(kFull2).state == RunState::kAborted);
  CHECK(f.Query("SELECT count(*) FROM run, sequence WHERE run.changed = sequence.changed") ==
        Strings{"3"});
}

TEST_CASE("what was recorded survives a writer that never closed", "[store]") {
  TempFolder folder;
  ResultStore killed = ResultStore::Open(folder / "s.db").value();
  REQUIRE(killed.RegisterRuns(SweepOf({kFull1})).ok());
  const auto attempt = Begin(killed, kFull1);
  REQUIRE(killed.RecordProcess(attempt, 42, 777, 2000).ok());
  // A copy of the files as they are now is what a kill leaves.
  std::filesystem::copy_file(folder / "s.db", folder / "copy.db");
  std::filesystem::copy_file(folder / "s.db-wal", folder / "copy.db-wal");
  ResultStore store = ResultStore::Open(folder / "copy.db").value();
  const auto open = store.OpenAttempts().value();
  REQUIRE(open.size() == 1);
  CHECK(open[0].run == kFull1.config.id());
  CHECK(open[0].pid == 42);
  CHECK(open[0].process_start == 777);
  CHECK(open[0].boot_id == "boot");
  CHECK(
      store.FinishAttempt(Ended(open[0].key, Outcome::kLost, RunState::kPending, "gone")).value());
  CHECK(store.OpenAttempts()->empty());
}

TEST_CASE("figures of an attempt that did not complete stay out of the views", "[store]") {
  Fixture f;
  AttemptEnd failed = Ended(Begin(f.store, kFull1), Outcome::kFailed, RunState::kFailed, "x");
  failed.final_metrics = {{"accuracy", 0.5}};
  CHECK(f.store.FinishAttempt(failed).value());
  CHECK(f.Query("SELECT count(accuracy) FROM runs") == Strings{"0"});
}

TEST_CASE("a run that had succeeded keeps its result until another attempt completes", "[store]") {
  Fixture f;
  AttemptEnd first = Completed(Begin(f.store, kFull1), {{"accuracy", 0.5}, {"loss", std::nan("")}});
  first.test_hits = std::vector<bool>{true};
  REQUIRE(f.store.FinishAttempt(first).value());
  const std::vector ids{kFull1.config.id()};
  for (const RunState state : {RunState::kPending, RunState::kAborted})
    REQUIRE(f.store.SetStates(ids, state).ok());
  const auto result = [&] {
    return f.Query(
        "SELECT runs.state, accuracy, attempts_used, nan_metrics, hex(hits) FROM runs "
        "JOIN run USING(id) LEFT JOIN test_hits USING(run_key) WHERE accuracy > 0");
  };
  const Strings before = result();
  CHECK(before == Strings{"succeeded|0.5|1|[\"loss\"]|01"});
  for (const auto& [outcome, next] : {std::pair(Outcome::kLost, RunState::kPending),
                                      std::pair(Outcome::kCrashed, RunState::kPending),
                                      std::pair(Outcome::kFailed, RunState::kFailed)}) {
    const auto again = Begin(f.store, kFull1);
    CHECK(result() == before);
    AttemptEnd end = Ended(again, outcome, next, "x");
    end.final_metrics = {{"accuracy", 0.1}};
    REQUIRE(f.store.FinishAttempt(end).value());
    CHECK(result() == before);
  }
  AttemptEnd last = Completed(Begin(f.store, kFull1), {{"accuracy", 0.6}, {"loss", 1.0}});
  last.test_hits = std::vector<bool>{false};
  REQUIRE(f.store.FinishAttempt(last).value());
  CHECK(result() == Strings{"succeeded|0.6|1||00"});
}

TEST_CASE("NaN and infinities survive", "[store]") {
  Fixture f;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto attempt = Begin(f.store, kFull1);
  const std::vector<std::pair<std::int64_t, Measurement>> measured = {
      {attempt, {"loss", "train", 1, std::nan("")}},
      {attempt, {"loss", "train", 2, -infinity}},
      {attempt, {"loss", "train", 3, 0.25}}};
  REQUIRE(f.store.AppendMeasurements(measured).ok());
  CHECK(f.Query("SELECT step, value, is_nan FROM history ORDER BY step") ==
        Strings{"1||1", "2|-Infinity|0", "3|0.25|0"});
  CHECK(f.store.FinishAttempt(Completed(attempt, {{"accuracy", std::nan("")}, {"loss", infinity}}))
            .value());
  CHECK(f.Query("SELECT accuracy, loss FROM runs WHERE state = 'succeeded'") ==
        Strings{"|Infinity"});
  CHECK(f.Query("SELECT nan_metrics FROM run WHERE state = 'succeeded'") ==
        Strings{"[\"accuracy\"]"});
}

TEST_CASE("a measurement that comes twice is kept once, a final one the last time", "[store]") {
  Fixture f;
  const auto attempt = Begin(f.store, kFull1);
  const std::vector<std::pair<std::int64_t, Measurement>> measured = {
      {attempt, {"loss", "train", 1, 0.5}},
      {attempt, {"loss", "train", 1, 0.5}},
      {attempt, {"accuracy", "", std::nullopt, 0.1}},
      {attempt, {"accuracy", "", std::nullopt, 0.2}}};
  REQUIRE(f.store.AppendMeasurements(measured).ok());
  CHECK(f.Query("SELECT metric, split, step, value FROM history ORDER BY metric") ==
        Strings{"accuracy|||0.2", "loss|train|1|0.5"});
}

TEST_CASE("test hits are kept one bit per item", "[store]") {
  Fixture f;
  AttemptEnd end = Completed(Begin(f.store, kFull1));
  end.test_hits = {true, false, false, false, false, false, false, false, true, true};
  CHECK(f.store.FinishAttempt(end).value());
  CHECK(f.Query("SELECT items, hex(hits) FROM test_hits") == Strings{"10|0103"});
}

TEST_CASE("every change of a run raises its change number", "[store]") {
  Fixture f;
  const auto changed = [&] {
    return std::stoll(
        f.Query("SELECT changed FROM run WHERE id = '" + kFull1.config.id() + "'")[0]);
  };
  const auto registered = changed();
  const auto attempt = Begin(f.store, kFull1);
  const auto begun = changed();
  const std::vector<std::pair<std::int64_t, Measurement>> measured = {
      {attempt, {"loss", "train", 1, 0.5}}};
  REQUIRE(f.store.AppendMeasurements(measured).ok());
  const auto measured_at = changed();
  CHECK(f.store.FinishAttempt(Completed(attempt)).value());
  CHECK(registered < begun);
  CHECK(begun < measured_at);
  CHECK(measured_at < changed());
  CHECK(f.Query("SELECT count(DISTINCT changed) FROM run WHERE state = 'pending'") == Strings{"1"});
}

TEST_CASE("a reader sees a consistent store while the writer is in a transaction", "[store]") {
  Fixture f;
  const auto attempt = Begin(f.store, kFull1);
  const ResultStore reader = ResultStore::OpenReadOnly(f.folder / "s.db").value();
  Statement slow = reader.connection().Prepare("SELECT id FROM runs").value();
  REQUIRE(slow.Step().value());
  // A read under way neither holds the writer up nor sees the new column and view.
  CHECK(f.store.FinishAttempt(Completed(attempt, {{"brand_new", 1.0}})).value());
  int rows = 1;
  while (slow.Step().value()) ++rows;
  CHECK(rows == 3);
  CHECK(Rows(reader.connection(), "SELECT brand_new FROM runs WHERE state = 'succeeded'") ==
        Strings{"1"});
}

TEST_CASE("a store that was deleted or replaced while open is noticed", "[store]") {
  Fixture f;
  CHECK(f.store.CheckStillThere().ok());
  std::filesystem::copy_file(f.folder / "s.db", f.folder / "other.db");
  std::filesystem::rename(f.folder / "other.db", f.folder / "s.db");
  CHECK(f.store.CheckStillThere().code() == Code::kIo);
  std::filesystem::remove(f.folder / "s.db");
  const Status gone = f.store.CheckStillThere();
  CHECK(gone.message().starts_with((f.folder / "s.db").string() + ": the store was deleted"));
}

TEST_CASE("a store in a folder without write permission can be read", "[store]") {
  const TempFolder folder;
  const auto file = folder / "s?#%.db";
  REQUIRE(ResultStore::Open(file)->RegisterRuns(SweepOf({kFull1})).ok());
  const auto log = file.string() + "-wal";
  REQUIRE_FALSE(std::filesystem::exists(log));
  CHECK(WithoutWritePermission(folder.path(), [&] {
    const auto store = ResultStore::OpenReadOnly(file);
    return store.ok() && store->connection().QueryValue("SELECT count(*) FROM runs").value() ==
                             Value(std::int64_t{1});
  }));
  std::ofstream(log, std::ios::trunc).close();  // as a reader leaves it
  CHECK(
      WithoutWritePermission(folder.path(), [&] { return ResultStore::OpenReadOnly(file).ok(); }));
  std::ofstream(log) << "what is not in the file yet";
  CHECK(WithoutWritePermission(folder.path(), [&] {
    const Status refused = ResultStore::OpenReadOnly(file).status();
    return refused.code() == Code::kIo && refused.message().find("copy") != std::string::npos;
  }));
}

TEST_CASE("a store opened for reading cannot be written", "[store]") {
  Fixture f;
  ResultStore reader = ResultStore::OpenReadOnly(f.folder / "s.db").value();
  CHECK(reader.RegisterRuns(SweepOf({kFull1})).code() == Code::kIo);
  CHECK(ResultStore::OpenReadOnly(f.folder / "absent.db").status().code() == Code::kNotFound);
  CHECK_FALSE(std::filesystem::exists(f.folder / "absent.db"));
}
