#include "orchestrator/exec/local_executor.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/executor_testing.h"

using namespace sweepformer;
using sweepformer::testing::AnyProcessRuns;
using sweepformer::testing::TempFolder;
using sweepformer::testing::Within;
using Bench = sweepformer::testing::ExecutorBench;

namespace {

/// While it exists this process can open nothing.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit none = before_;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

/// Whether `sleep` with these words runs in a session of its own.
bool SleepsApart(const std::string& words) {
  for (const ProcessEntry& process : ReadProcesses()) {
    const auto line = ReadFile("/proc/" + std::to_string(process.pid) + "/cmdline");
    const bool is_it = line.ok() && line->starts_with("sleep") && line->find(words) != line->npos;
    if (is_it && process.session == process.pid && process.state != 'Z') return true;
  }
  return false;
}

}  // namespace

TEST_CASE("exit codes and signals are told apart", "[executor]") {
  Bench bench;
  CHECK(bench.End(bench.Shell("exit 0")).exit_code == 0);
  CHECK(bench.End(bench.Shell("exit 7")).exit_code == 7);
  const EndedEvent killed = bench.End(bench.Shell("kill -SEGV $$"));
  CHECK(killed.signal == SIGSEGV);
  CHECK_FALSE(killed.exit_code.has_value());
}

TEST_CASE("an attempt is accepted, reports, and ends, in this order", "[executor]") {
  Bench bench;
  const auto events = bench.Carry(
      bench.Shell(R"(echo '{"event":"metric","name":"a","value":2}' >&3; echo nonsense >&3)"));
  int metrics = 0, notes = 0, accepted = 0;
  for (const ExecutorEvent& event : events) {
    if (const auto* reported = std::get_if<ReportedEvent>(&event)) {
      CHECK(std::get<MetricEvent>(reported->event).value == 2);
      ++metrics;
    }
    if (const auto* noted = std::get_if<NotedEvent>(&event)) {
      CHECK(noted->text == "its event stream held a line that is not a JSON object [nonsense]");
      ++notes;
    }
    if (const auto* one = std::get_if<AcceptedEvent>(&event)) {
      CHECK(one->pid > 0);
      CHECK(one->process_start > 0);
      ++accepted;
    }
  }
  CHECK(metrics == 1);
  CHECK(notes == 1);
  CHECK(accepted == 1);
  CHECK(std::holds_alternative<EndedEvent>(events.back()));
}

TEST_CASE("a log that cannot be written is not laid to the event stream", "[executor]") {
  Bench bench;
  LaunchRequest request = bench.Shell("echo x");
  request.log = "/dev/full";
  int notes = 0;
  for (const ExecutorEvent& event : bench.Carry(request)) {
    const auto* noted = std::get_if<NotedEvent>(&event);
    if (!noted) continue;
    CHECK_THAT(noted->text, Catch::StartsWith("/dev/full: "));
    ++notes;
  }
  CHECK(notes == 1);
}

TEST_CASE("a program gets its input, environment, threads and a log", "[executor]") {
  Bench bench;
  LaunchRequest request =
      bench.Shell("cat; echo $MINE $OMP_NUM_THREADS $OPENBLAS_NUM_THREADS; echo err >&2");
  request.standard_input = "in\n";
  request.environment["MINE"] = "a b";
  request.threads = 3;
  bench.End(request);
  CHECK(bench.Log(request) == "in\na b 3 3\nerr\n");
}

TEST_CASE("a program is pinned to as many CPUs as it has threads", "[executor]") {
  Bench bench;
  const LaunchRequest request = bench.Shell("grep Cpus_allowed_list /proc/self/status");
  bench.End(request);
  const std::string list = bench.Log(request);
  CHECK(list.find(',') == std::string::npos);
  CHECK(list.find('-') == std::string::npos);
}

TEST_CASE("a program that cannot be started ends with the reason", "[executor]") {
  Bench bench;
  LaunchRequest request = bench.Shell("");
  request.command = {"/no/such/program"};
  const EndedEvent end = bench.End(request);
  CHECK_FALSE(end.exit_code.has_value());
  CHECK(end.error == "/no/such/program: cannot be started: No such file or directory");
}

TEST_CASE("for want of descriptors a start waits for others, or fails if there are none",
          "[executor]") {
  Bench bench;
  const LaunchRequest first = bench.Shell("sleep 86409"), second = bench.Shell("exit 0");
  const auto start_without = [&] {
    const NoDescriptors none;
    return bench.executor().Start(second);
  };
  CHECK(start_without().code() == Code::kIo);
  REQUIRE(bench.executor().Start(first).ok());
  REQUIRE(start_without().ok());
  const auto events = bench.UntilEnded(1);
  const auto end = std::find_if(events.begin(), events.end(), [](const ExecutorEvent& event) {
    return std::holds_alternative<EndedEvent>(event);
  });
  CHECK(std::get<EndedEvent>(*end).attempt == second.attempt);
  CHECK_FALSE(std::get<EndedEvent>(*end).exit_code);
  CHECK_FALSE(std::get<EndedEvent>(*end).at_fault);
  bench.executor().Stop(first.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).signal == SIGKILL);
  CHECK(bench.End(second).exit_code == 0);  // its socket's path is free
}

TEST_CASE("the end waits for children that outlive the program", "[executor]") {
  Bench bench;
  const auto events = bench.Carry(bench.Shell(
      R"((sleep 0.3; echo '{"event":"metric","name":"late","value":1}' >&3) & exit 0)"));
  const bool reported = std::any_of(events.begin(), events.end(), [](const ExecutorEvent& event) {
    return std::holds_alternative<ReportedEvent>(event);
  });
  CHECK(reported);
}

TEST_CASE("what a program leaves running is told of while it is waited for", "[executor]") {
  Bench bench;
  const auto events = bench.Carry(bench.Shell("sleep 3 & exit 0"));
  std::vector<std::string> names;
  for (const ExecutorEvent& event : events) {
    if (const auto* left = std::get_if<LingeringEvent>(&event)) names.push_back(left->name);
  }
  CHECK(names == std::vector<std::string>{"sleep"});
}

// Numbers of processes begin anew after the highest, on small machines every few minutes.
TEST_CASE("the end waits for children though the numbers begin anew", "[executor]") {
  std::ofstream last("/proc/sys/kernel/ns_last_pid");
  std::int64_t highest = 0;
  if (!(std::ifstream("/proc/sys/kernel/pid_max") >> highest) || !(last << highest - 6).flush()) {
    WARN("not tested: only root may say which number the next process has");
    return;
  }
  Bench bench;
  const auto slow =
      bench.Shell(R"((sleep 0.4; echo '{"event":"metric","name":"late","value":1}' >&3) & exit 0)");
  constexpr int kOthers = 10;
  REQUIRE(bench.executor().Start(slow).ok());
  for (int i = 0; i < kOthers; ++i) {
    REQUIRE(bench.executor().Start(bench.Shell("sleep 0.1; exit 0")).ok());
  }
  const auto events = bench.UntilEnded(1 + kOthers);
  CHECK(std::any_of(events.begin(), events.end(), [](const ExecutorEvent& event) {
    return std::holds_alternative<ReportedEvent>(event);
  }));
}

TEST_CASE("overrunning the time limit ends the whole tree", "[executor]") {
  Bench bench;
  LaunchRequest request = bench.Shell("setsid sh -c 'trap : TERM; sleep 86401' & sleep 86401");
  request.timeout_s = 0.2;
  const std::int64_t began = SteadyMs();
  const EndedEvent end = bench.End(request);
  CHECK(end.timed_out);
  CHECK_FALSE(end.stopped);
  CHECK(SteadyMs() - began < 10'000);
  CHECK_FALSE(AnyProcessRuns("86401"));
}

TEST_CASE("time does not count before there is a process, while what forks it loads",
          "[executor]") {
  Bench bench;
  LaunchRequest request = bench.Program("", /*served=*/true);
  request.serve_command = {"/bin/sh", "-c",
                           "sleep 1; exec " SWEEPFORMER_BIN_DIR "/serving_program --serve"};
  request.timeout_s = 0.6;
  const EndedEvent end = bench.End(request);
  CHECK_FALSE(end.timed_out);
  CHECK(end.exit_code == 0);
  LaunchRequest longer = bench.Shell("exec sleep 86431");
  longer.timeout_s = 0.2;
  CHECK(bench.End(longer).timed_out);
}

TEST_CASE("an attempt that is asked to stop may leave well", "[executor]") {
  Bench bench;
  const LaunchRequest request =
      bench.Shell("trap 'echo saved; exit 5' TERM; echo ready; sleep 86402 & wait");
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(Within(10'000, [&] {
    (void)bench.executor().Wait(10);
    const auto log = ReadFile(request.log);
    return log.ok() && log->find("ready") != std::string::npos;
  }));
  bench.executor().Stop(request.attempt, StopHow::kAsk);
  const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
  CHECK(end.stopped);
  CHECK(end.exit_code == 5);
  CHECK(bench.Log(request) == "ready\nsaved\n");
  CHECK_FALSE(AnyProcessRuns("86402"));
}

TEST_CASE("what hides in a session and an environment of its own is stopped with its program",
          "[executor]") {
  Bench bench;
  const LaunchRequest request = bench.Shell("env -i setsid sleep 86411 & sleep 86413");
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(Within(10'000, [] { return SleepsApart("86411"); }));
  bench.executor().Stop(request.attempt, StopHow::kAsk);
  const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
  CHECK(end.signal == SIGTERM);
  CHECK_FALSE(AnyProcessRuns("86411"));
}

TEST_CASE("what hid so, and whose parent has ended long ago, is known by where it writes",
          "[executor]") {
  Bench bench;
  const LaunchRequest request = bench.Shell("(env -i setsid sleep 86421 &); sleep 86423");
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(Within(10'000, [] { return SleepsApart("86421"); }));
  bench.executor().Stop(request.attempt, StopHow::kAsk);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).signal == SIGTERM);
  CHECK_FALSE(AnyProcessRuns("86421"));
}

TEST_CASE("what hid so, and has closed all it held, is known whatever else runs", "[executor]") {
  Bench bench;
  const LaunchRequest other = bench.Shell("sleep 86433");
  REQUIRE(bench.executor().Start(other).ok());
  LaunchRequest request =
      bench.Shell("(env -i setsid sleep 86431 </dev/null >/dev/null 2>&1 3>&- &); exit 0");
  request.timeout_s = 1;
  REQUIRE(bench.executor().Start(request).ok());
  const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
  CHECK(end.attempt == request.attempt);
  CHECK(end.timed_out);
  CHECK_FALSE(AnyProcessRuns("86431"));
  CHECK(AnyProcessRuns("86433"));
}

TEST_CASE("what is stopped in time has not overrun", "[executor]") {
  Bench bench;
  const std::string hello = FormatEvent(HelloEvent{"w", "1", "", /*checkpoints=*/true});
  LaunchRequest request =
      bench.Shell("trap 'sleep 3; exit 5' TERM; echo '" + hello + "' >&3; sleep 86406 & wait");
  request.timeout_s = 2;
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(Within(10'000, [&] {
    const std::vector<ExecutorEvent> events = bench.executor().Wait(10).value();
    return std::any_of(events.begin(), events.end(), [](const ExecutorEvent& event) {
      return std::holds_alternative<ReportedEvent>(event);
    });
  }));
  bench.executor().Stop(request.attempt, StopHow::kAsk);
  const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
  CHECK(end.stopped);
  CHECK(end.exit_code == 5);
  CHECK_FALSE(end.timed_out);
}

// Attempts are numbered by each store for itself.
TEST_CASE("a sweep within a run keeps its processes when another run is killed", "[executor]") {
  Bench bench;
  const LaunchRequest outer = bench.Shell(
      "SWEEPFORMER_TREE=2 setsid sleep 86407 & trap 'kill $!; exit 6' TERM; echo ready; wait $!; "
      "exit 7");
  const LaunchRequest other = bench.Shell("sleep 86408");
  REQUIRE((outer.attempt == 1 && other.attempt == 2));
  REQUIRE(bench.executor().Start(outer).ok());
  REQUIRE(bench.executor().Start(other).ok());
  REQUIRE(Within(10'000, [&] {
    (void)bench.executor().Wait(10);
    const auto log = ReadFile(outer.log);
    return log.ok() && log->find("ready") != std::string::npos && AnyProcessRuns("86408");
  }));
  bench.executor().Stop(other.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).attempt == other.attempt);
  CHECK(AnyProcessRuns("86407"));  // the shell that waits for it, too
  bench.executor().Stop(outer.attempt, StopHow::kAsk);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).exit_code == 6);
}

TEST_CASE("a sweep that a run has left in the background is not another run's", "[executor]") {
  Bench bench;
  const LaunchRequest outer = bench.Shell(
      "(SWEEPFORMER_TREE=2 setsid sleep 86431 > /dev/null 2>&1 3>&- &); echo ready; sleep 86432");
  const LaunchRequest other = bench.Shell("sleep 86433");
  REQUIRE((outer.attempt == 1 && other.attempt == 2));
  REQUIRE(bench.executor().Start(outer).ok());
  REQUIRE(bench.executor().Start(other).ok());
  REQUIRE(Within(10'000, [&] {
    (void)bench.executor().Wait(10);
    return SleepsApart("86431") && AnyProcessRuns("86432") && AnyProcessRuns("86433");
  }));
  bench.executor().Stop(other.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).attempt == other.attempt);
  CHECK(AnyProcessRuns("86431"));
  bench.executor().Stop(outer.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).attempt == outer.attempt);
}

TEST_CASE("many attempts run side by side and each ends once", "[executor]") {
  Bench bench;
  for (int i = 0; i < 30; ++i) REQUIRE(bench.executor().Start(bench.Shell("sleep 0.05")).ok());
  CHECK(bench.UntilEnded(30).size() >= 60);
  CHECK(bench.executor().Wait(0).value().empty());
}

TEST_CASE("hundreds can be started before an event is read", "[executor]") {
  Bench bench;
  for (int i = 0; i < 400; ++i) {
    LaunchRequest request = bench.Shell("");
    request.command = {"/no/such/program"};
    REQUIRE(bench.executor().Start(request).ok());
  }
  CHECK(bench.UntilEnded(400).size() >= 400);
}

TEST_CASE("the peak of memory is the program's own, not its starter's", "[executor]") {
  Bench bench;
  const std::string ballast(std::size_t{512} << 20, 'x');
  const EndedEvent end = bench.End(bench.Shell("exit 0"));
  CHECK(ballast.size() > 0);
  CHECK(end.peak_rss_bytes > 0);
  CHECK(end.peak_rss_bytes < static_cast<std::int64_t>(ballast.size()) / 2);
}

TEST_CASE("what a killed shell had not waited for is in the attempt's figures", "[executor]") {
  Bench bench;
  const LaunchRequest request =
      bench.Shell(R"(printf 'hold 128 10\nprint ready\nsleep 86412\n' | )" SWEEPFORMER_BIN_DIR
                  "/serving_program --run; echo done");
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(Within(30'000, [&] {
    (void)bench.executor().Wait(10);
    const auto log = ReadFile(request.log);
    return log.ok() && log->find("ready") != std::string::npos;
  }));
  bench.executor().Stop(request.attempt, StopHow::kAsk);
  const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
  CHECK(end.signal == SIGTERM);
  CHECK(end.peak_rss_bytes >= std::int64_t{120} << 20);
  CHECK(end.cpu_seconds > 0);
}

TEST_CASE("an interrupt is an event while an executor exists", "[executor]") {
  Bench bench;
  kill(getpid(), SIGTERM);
  const auto events = bench.executor().Wait(1000).value();
  REQUIRE(events.size() == 1);
  CHECK(std::get<InterruptedEvent>(events[0]).signal == SIGTERM);
}

TEST_CASE("nothing survives an orchestrator that is killed", "[executor][crash]") {
  const TempFolder folder;
  const pid_t orchestrator = fork();
  if (orchestrator == 0) {
    auto executor = LocalExecutor::Make(KeeperLink::Start().value(), -1).value();
    LaunchRequest request;
    request.command = {"/bin/sh", "-c",
                       "setsid setsid sleep 86403 & (sleep 86403 &) ; sleep 86403"};
    request.log = folder / "log";
    (void)executor->Start(request);
    for (;;) (void)executor->Wait(1000);
  }
  REQUIRE(Within(10'000, [] { return AnyProcessRuns("86403"); }));
  kill(orchestrator, SIGKILL);
  waitpid(orchestrator, nullptr, 0);
  CHECK(Within(5'000, [] { return !AnyProcessRuns("86403"); }));
}

TEST_CASE("nothing survives a keeper that is killed but what was there before",
          "[executor][crash]") {
  const pid_t bystander = fork();
  if (bystander == 0) {
    setsid();
    for (;;) pause();
  }
  REQUIRE(Within(10'000, [&] { return getsid(bystander) == bystander; }));
  {
    const TempFolder folder;
    KeeperLink link = KeeperLink::Start().value();
    const pid_t keeper = link.pid();
    const auto executor = LocalExecutor::Make(std::move(link), -1).value();
    LaunchRequest request;
    request.attempt = 1;
    request.command = {"/bin/sh", "-c", "env -i setsid sleep 86414 & sleep 86415"};
    request.log = folder / "log";
    REQUIRE(executor->Start(request).ok());
    REQUIRE(Within(10'000, [] { return SleepsApart("86414"); }));
    kill(keeper, SIGKILL);
    CHECK(Within(10'000, [&] { return !executor->Wait(10).ok(); }));
    CHECK_FALSE(AnyProcessRuns("86414"));
  }
  CHECK(ReadProcess(bystander).value_or(ProcessEntry{}).state != 'Z');
  CHECK(kill(bystander, SIGKILL) == 0);
  waitpid(bystander, nullptr, 0);
}
