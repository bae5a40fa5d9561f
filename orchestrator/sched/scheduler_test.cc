#include "orchestrator/sched/scheduler.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/exec/process_table.h"
#include "orchestrator/sched/testing.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

class SilentObserver final : public LaunchObserver {
 public:
  void OnEnd(const TellEnd& end, const PlannedWork&) override { ends.push_back(end); }
  void OnNote(const TellNote&, const PlannedWork&) override {}
  void OnInterrupt(const TellInterrupt&) override {}
  void OnProgress(const PlanCounts& now, const Pace&) override { counts = now; }

  std::vector<TellEnd> ends;
  PlanCounts counts;
};

/// A store in which the runs of `work` are registered, and a scheduler over a fake executor.
class Bench {
 public:
  explicit Bench(int runs, int slots = 2)
      : store_(ResultStore::Open(folder_ / "s.db").value()), work_(SomeWork(runs)) {
    settings_.foreign = true;
    settings_.command = {"x"};
    settings_.store = folder_ / "s.db";
    slots_ = slots;
    Registration registration = SweepOf({});
    for (const PlannedWork& work : work_) registration.runs.push_back({work.config, ""});
    registration.parameters = {"x"};
    REQUIRE(store_.RegisterRuns(registration).ok());
  }

  Status Launch() {
    std::vector<std::string> ids;
    for (const PlannedWork& work : work_) ids.push_back(work.config.id());
    const auto standing = store_.StandingOf(ids).value();
    std::vector<RunState> states;
    std::vector<int> used;
    for (const std::string& id : ids) {
      states.push_back(standing.at(id).state);
      used.push_back(standing.at(id).attempts_used);
    }
    Reactor reactor(Plan(work_, states), used,
                    ResourcePool({{"slots", static_cast<double>(slots_)}}), {});
    return Scheduler(store_, executor, settings_, observer, time).Run(reactor);
  }

  std::string Query(const std::string& sql) {
    return FormatValue(store_.connection().QueryValue(sql).value());
  }

  /// One that speaks the whole protocol, for a bench of one run.
  void UseOwnWorker() {
    settings_.foreign = false;
    settings_.worker_version = "1";
    executor.says = {HelloEvent{"w", "1", ""},
                     ConfigEvent{work_[0].config.parameters(), work_[0].config.seed(), ""},
                     DoneEvent{}};
  }

  std::filesystem::path store_file() const { return settings_.store; }

  void Watch(const WatchedFile& file) { settings_.watched.push_back(file); }

  ResultStore& store() { return store_; }
  const std::vector<PlannedWork>& work() const { return work_; }
  FakeExecutor executor;
  SilentObserver observer;
  TimeSource time;

 private:
  TempFolder folder_;
  ResultStore store_;
  std::vector<PlannedWork> work_;
  LaunchSettings settings_;
  int slots_ = 2;
};

/// A process that waits for a signal.
pid_t ForkSleeper() {
  const pid_t sleeper = fork();
  while (sleeper == 0) pause();
  return sleeper;
}

/// An attempt of the bench's first run that is under way on this machine.
AttemptTicket BeginHere(Bench& bench) {
  AttemptStart start;
  start.host = HostName();
  start.boot_id = BootId();
  return bench.store().BeginAttempt(bench.work()[0].config.id(), start).value();
}

}  // namespace

TEST_CASE("every run is carried out once and a second launch starts nothing", "[scheduler]") {
  Bench bench(5);
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() == 5);
  CHECK(bench.observer.counts.succeeded == 5);
  CHECK(bench.Query("SELECT sum(y) FROM runs") == "50");
  CHECK(bench.Query("SELECT count(*) FROM history WHERE metric = 'y'") == "5");
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() == 5);
}

TEST_CASE("an attempt's threads are stored, whatever CPUs it is admitted by", "[scheduler]") {
  Bench bench(1);
  REQUIRE(bench.Launch().ok());
  CHECK(bench.Query("SELECT json_extract(resources_json, '$.threads') FROM attempts") == "1");
}

TEST_CASE("an attempt is in the store before its process is started", "[scheduler]") {
  Bench bench(1);
  bench.executor.start_result = IoError("no processes left");
  CHECK(bench.Launch().message() == "no processes left");
  CHECK(bench.Query("SELECT count(*) FROM attempts WHERE outcome IS NULL") == "1");
  CHECK(bench.Query("SELECT state FROM runs") == "running");
}

TEST_CASE("of short attempts, too, only those are started that are in the store", "[scheduler]") {
  Bench bench(60);
  bench.time.wall_ms = bench.time.passed_ms = [] { return std::int64_t{1000}; };  // all are short
  const Connection reader = Connection::Open(bench.store_file(), OpenMode::kReadOnly).value();
  int open_at_most = 0, missing = 0;
  bench.executor.on_start = [&](std::int64_t attempt) {
    const auto count = [&](const std::string& which) {
      return std::get<std::int64_t>(
          reader.QueryValue("SELECT count(*) FROM attempt WHERE ended_ms IS NULL" + which).value());
    };
    missing += count(fmt::format(" AND attempt_key = {}", attempt)) == 0;
    open_at_most = std::max(open_at_most, static_cast<int>(count("")));
  };
  REQUIRE(bench.Launch().ok());
  CHECK(missing == 0);
  CHECK(open_at_most > 4);  // more than run: begun ahead
  CHECK(bench.executor.started.size() == 60);
  CHECK(bench.observer.ends.size() == 60);
  CHECK(bench.Query("SELECT count(*) FROM attempts WHERE outcome = 'completed' AND number = 1") ==
        "60");
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'succeeded' AND y = 10") == "60");
}

TEST_CASE("what was begun ahead is taken back when the next attempt is long", "[scheduler]") {
  Bench bench(60);
  const auto running = [&] {
    return bench.Query("SELECT count(*) FROM attempts WHERE outcome IS NULL");
  };
  std::string while_long;
  int waits = 0;
  bench.executor.on_wait = [&] {
    constexpr int kLong = 30, kMuchLater = 60;  // a wait each millisecond
    const bool is_long = ++waits > kLong && waits < kLong + kMuchLater;
    if (is_long) usleep(1000);
    if (waits == kLong + kMuchLater - 1) while_long = running();
    return is_long;
  };
  REQUIRE(bench.Launch().ok());
  CHECK(while_long == "2");
  CHECK(bench.Query("SELECT count(*) FROM attempts WHERE outcome = 'completed' AND number = 1") ==
        "60");
}

TEST_CASE("nothing begun ahead is started once a file that ids depend on has changed",
          "[scheduler]") {
  const TempFolder folder;
  std::ofstream(folder / "train.py") << "one";
  Bench bench(60, 1);
  bench.Watch({folder / "train.py", StampFile(folder / "train.py").value()});
  constexpr std::size_t kAheadByNow = 20;
  bench.executor.on_wait = [&] {
    const bool is_time = bench.executor.started.size() == kAheadByNow;
    if (is_time) std::ofstream(folder / "train.py") << "three";
    return false;
  };
  CHECK(bench.Launch().code() == Code::kInvalidArgument);
  CHECK(bench.executor.started.size() == kAheadByNow);
  CHECK(bench.Query("SELECT count(*) FROM attempts WHERE outcome IS NULL") == "0");
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "20");
}

TEST_CASE("what has ended is kept though the next cannot be started", "[scheduler]") {
  Bench bench(60, 1);
  bench.executor.on_start = [&](std::int64_t) {
    if (bench.executor.started.size() == 30) bench.executor.start_result = IoError("no room");
  };
  CHECK(bench.Launch().message() == "no room");
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "29");
}

TEST_CASE("an interrupt takes back what was begun ahead", "[scheduler]") {
  Bench bench(60);
  int waits = 0;
  bench.executor.on_wait = [&] {
    if (++waits == 30) bench.executor.next = {InterruptedEvent{2}};
    return false;
  };
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() < 40);
  CHECK(bench.Query("SELECT count(*) FROM attempts WHERE outcome IS NULL") == "0");
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'running'") == "0");
  bench.executor.on_wait = nullptr;
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() == 60);
}

TEST_CASE("what a run wrote down to go on is removed once its result is in the store",
          "[scheduler]") {
  for (const int exit_code : {0, 1}) {
    Bench bench(1);
    bench.UseOwnWorker();
    const auto folder = RunFolder(bench.store_file(), bench.work()[0].config.id());
    for (const char* name : {"checkpoint", "checkpoint.previous", "weights.safetensors.7.tmp",
                             "checkpointless", "weights.safetensors", "of-the-worker.tmp"}) {
      REQUIRE(WriteFileAtomic(folder / name, "x").ok());
    }
    bench.executor.exit_codes = {exit_code};
    REQUIRE(bench.Launch().ok());
    CHECK(bench.Query("SELECT state FROM runs") == (exit_code == 0 ? "succeeded" : "failed"));
    for (const char* name : {"checkpoint", "checkpoint.previous", "weights.safetensors.7.tmp"}) {
      CHECK(std::filesystem::exists(folder / name) == (exit_code != 0));
    }
    for (const char* name : {"checkpointless", "weights.safetensors", "of-the-worker.tmp"}) {
      CHECK(std::filesystem::exists(folder / name));
    }
  }
}

TEST_CASE("a failed run stays failed and does not hold up the others", "[scheduler]") {
  Bench bench(3, 1);
  bench.executor.exit_codes = {1, 0, 0};
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() == 3);
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'failed' AND y IS NULL") == "1");
  CHECK(bench.Query("SELECT error FROM attempts WHERE outcome = 'failed'") == "exit code 1");
  CHECK(bench.observer.ends.front().error == "exit code 1");
}

TEST_CASE("an interrupt leaves what has not begun for the next launch", "[scheduler]") {
  Bench bench(4, 1);
  bench.executor.next = {InterruptedEvent{2}};
  REQUIRE(bench.Launch().ok());
  CHECK(bench.executor.started.size() == 1);
  CHECK(bench.executor.stopped.size() == 1);
  REQUIRE(bench.Launch().ok());
  CHECK(bench.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "4");
}

TEST_CASE("a clock that is set back makes no attempt end before it began", "[scheduler]") {
  Bench bench(3, 1);
  std::int64_t wall_ms = 7'200'000, passed_ms = 500;
  bench.time.wall_ms = [&] { return wall_ms -= 1'800'000; };  // half an hour back at every look
  bench.time.passed_ms = [&] { return passed_ms += 10; };
  REQUIRE(bench.Launch().ok());
  CHECK(bench.Query("SELECT min(ended_ms - started_ms) >= 10 FROM attempts") == "1");
  CHECK(bench.Query("SELECT max(ended_ms - started_ms) <= 100 FROM attempts") == "1");
  CHECK(bench.Query("SELECT min(started_ms) / 1000 FROM attempts") == "5400");
}

TEST_CASE("an attempt lost while the clock was set back ends when it began", "[scheduler]") {
  Bench bench(1);
  AttemptStart start;
  start.started_ms = WallMs() + 3'600'000;
  REQUIRE(bench.store().BeginAttempt(bench.work()[0].config.id(), start).ok());
  REQUIRE(RecoverLostAttempts(bench.store()).value() == 1);
  CHECK(bench.Query("SELECT ended_ms - started_ms FROM attempts") == "0");
  CHECK(bench.Query("SELECT error FROM attempts") ==
        "the orchestrator died before it was known to run");
}

TEST_CASE("an attempt whose orchestrator died ended when the store was last written",
          "[scheduler]") {
  Bench bench(1);
  const std::int64_t hour_ms = 3'600'000;
  AttemptStart start;
  start.started_ms = WallMs() - 3 * hour_ms;
  REQUIRE(bench.store().BeginAttempt(bench.work()[0].config.id(), start).ok());
  const auto two_hours_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  for (const char* suffix : {"", "-wal"}) {
    std::filesystem::last_write_time(bench.store_file().string() + suffix, two_hours_ago);
  }
  ResultStore next = ResultStore::Open(bench.store_file()).value();
  REQUIRE(RecoverLostAttempts(next).value() == 1);
  const std::string took = bench.Query("SELECT ended_ms - started_ms FROM attempts");
  CHECK(std::abs(std::stoll(took) - hour_ms) < 60'000);
}

TEST_CASE("nothing is started once a file that ids depend on has changed", "[scheduler]") {
  const TempFolder folder;
  std::ofstream(folder / "train.py") << "one";
  Bench bench(2);
  bench.Watch({folder / "train.py", StampFile(folder / "train.py").value()});
  std::ofstream(folder / "train.py") << "three";
  const Status halted = bench.Launch();
  CHECK(halted.code() == Code::kInvalidArgument);
  CHECK_THAT(halted.message(), Catch::Contains("train.py: changed while the sweep was running"));
  CHECK(bench.executor.started.empty());
}

TEST_CASE("a store that is deleted ends the launch", "[scheduler]") {
  Bench bench(4, 1);
  std::int64_t passed_ms = 0;
  bench.time.passed_ms = [&] { return passed_ms += 2000; };
  std::filesystem::remove(bench.store_file());
  const Status halted = bench.Launch();
  CHECK(halted.code() == Code::kIo);
  CHECK_THAT(halted.message(), Catch::Contains("the store was deleted or replaced"));
  CHECK(bench.executor.started.size() == 1);
  REQUIRE(bench.executor.stopped.size() == 1);
  CHECK(bench.executor.stopped.front().second == StopHow::kAsk);
}

TEST_CASE("what a dead orchestrator left is killed, lost and wanted again", "[scheduler]") {
  Bench bench(1);
  const pid_t leftover = fork();
  if (leftover == 0) {
    setsid();
    for (;;) pause();
  }
  const AttemptTicket ticket = BeginHere(bench);
  REQUIRE(bench.store()
              .RecordProcess(ticket.key, leftover, ReadProcess(leftover)->start_ticks, 0)
              .ok());
  CHECK(RecoverLostAttempts(bench.store()).value() == 1);
  int status = 0;
  CHECK(waitpid(leftover, &status, 0) == leftover);
  CHECK(WIFSIGNALED(status));
  CHECK(bench.Query("SELECT outcome || ': ' || error FROM attempts") ==
        "lost: the orchestrator died while it ran");
  CHECK(RecoverLostAttempts(bench.store()).value() == 0);
  const std::vector<std::string> ids = {bench.work()[0].config.id()};
  CHECK(bench.store().StandingOf(ids).value().at(ids[0]).attempts_used == 0);
  REQUIRE(bench.Launch().ok());
  CHECK(bench.Query("SELECT state FROM runs") == "succeeded");
}

TEST_CASE("a leftover that has not made its own session yet is killed too", "[scheduler]") {
  Bench bench(1);
  const pid_t leftover = ForkSleeper();
  const AttemptTicket ticket = BeginHere(bench);
  REQUIRE(bench.store()
              .RecordProcess(ticket.key, leftover, ReadProcess(leftover)->start_ticks, 0)
              .ok());
  CHECK(RecoverLostAttempts(bench.store()).value() == 1);
  int status = 0;
  REQUIRE(Within(5000, [&] { return waitpid(leftover, &status, WNOHANG) == leftover; }));
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a process that only has a lost worker's number is spared", "[scheduler]") {
  Bench bench(1);
  const pid_t stranger = ForkSleeper();
  const AttemptTicket ticket = BeginHere(bench);
  REQUIRE(bench.store()
              .RecordProcess(ticket.key, stranger, ReadProcess(stranger)->start_ticks + 1, 0)
              .ok());
  CHECK(RecoverLostAttempts(bench.store()).value() == 1);
  CHECK(kill(stranger, 0) == 0);
  kill(stranger, SIGKILL);
  waitpid(stranger, nullptr, 0);
}
