#include <sys/wait.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>

#include "orchestrator/exec/executor_testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;
using sweepformer::testing::Within;
using Bench = sweepformer::testing::ExecutorBench;

// What a worker leaves behind in a session of its own, forked twice, is gone within a second of
// whatever ends the attempt.

namespace {

enum class Cause { kTimeout, kCancel, kInterrupt, kDeath, kOutOfMemory };

const char* Word(Cause cause) {
  constexpr std::array kWords = {"timeout", "cancel", "interrupt", "death", "out of memory"};
  return kWords[static_cast<std::size_t>(cause)];
}

/// A number that no other attempt on this machine has now.
std::int64_t UniqueAttempt() {
  static std::int64_t last = 0;
  return std::int64_t{getpid()} * 1'000'000'000 + SteadyMs() % 1'000'000 * 1000 + ++last;
}

/// Processes of the attempt anywhere on the machine.
int CountAlive(std::int64_t attempt) {
  int count = 0;
  for (const ProcessEntry& process : ReadProcesses()) {
    if (process.state == 'Z') continue;
    const std::string mark = EnvironmentOf(process.pid, kTreeVariable);
    count += mark.ends_with("." + std::to_string(attempt));
  }
  return count;
}

bool LogHas(const std::filesystem::path& log, const std::string& words) {
  const auto text = ReadFile(log);
  return text.ok() && text->find(words) != std::string::npos;
}

/// A worker with a stray process, which says "ready" and, where it is to, takes too much memory.
LaunchRequest StrayRequest(const TempFolder& folder, Cause cause, bool served) {
  const std::string program = SWEEPFORMER_BIN_DIR "/serving_program";
  const std::string rest = cause == Cause::kOutOfMemory ? "hold 400 60000\n" : "sleep 60000\n";
  LaunchRequest request;
  request.attempt = UniqueAttempt();
  request.command = {program, "--run"};
  if (served) request.serve_command = {program, "--serve"};
  request.standard_input = "stray\nprint ready\nsleep 200\n" + rest;
  request.log = folder / "log";
  if (cause == Cause::kTimeout) request.timeout_s = 1;
  if (cause == Cause::kOutOfMemory) request.mem_limit_bytes = 64 << 20;
  return request;
}

bool WaitUntilReady(Bench& bench, const LaunchRequest& request) {
  return Within(10'000, [&] {
    (void)bench.executor().Wait(1);
    return LogHas(request.log, "ready") && CountAlive(request.attempt) >= 2;
  });
}

/// Starts the attempt, has `cause` end it, and returns how many milliseconds its processes lived
/// on.
std::int64_t MsToGone(Cause cause, bool served) {
  Bench bench;
  const LaunchRequest request = StrayRequest(bench.folder(), cause, served);
  const std::int64_t started = SteadyMs();
  REQUIRE(bench.executor().Start(request).ok());
  REQUIRE(WaitUntilReady(bench, request));
  std::int64_t caused = SteadyMs();
  if (cause == Cause::kTimeout) caused = started + 1000;
  if (cause == Cause::kCancel) bench.executor().Stop(request.attempt, StopHow::kAsk);
  if (cause == Cause::kInterrupt) {
    kill(getpid(), SIGINT);
    const auto events = bench.executor().Wait(1000).value();
    REQUIRE(std::holds_alternative<InterruptedEvent>(events.at(0)));
    bench.executor().Stop(request.attempt, StopHow::kAsk);
  }
  REQUIRE(Within(20'000, [&] {
    (void)bench.executor().Wait(1);
    return CountAlive(request.attempt) == 0;
  }));
  return SteadyMs() - caused;
}

/// The same for an orchestrator that is killed.
std::int64_t MsToGoneAfterDeath(bool served) {
  const TempFolder folder;
  const LaunchRequest request = StrayRequest(folder, Cause::kDeath, served);
  const pid_t orchestrator = fork();
  if (orchestrator == 0) {
    const auto executor = LocalExecutor::Make(KeeperLink::Start().value(), -1).value();
    (void)executor->Start(request);
    for (;;) (void)executor->Wait(1000);
  }
  REQUIRE(Within(10'000,
                 [&] { return LogHas(request.log, "ready") && CountAlive(request.attempt) >= 2; }));
  kill(orchestrator, SIGKILL);
  const std::int64_t caused = SteadyMs();
  waitpid(orchestrator, nullptr, 0);
  REQUIRE(Within(20'000, [&] { return CountAlive(request.attempt) == 0; }));
  return SteadyMs() - caused;
}

}  // namespace

TEST_CASE("a process that goes on without its first thread is ended like any", "[exec]") {
  Bench bench;
  LaunchRequest request = bench.Program("leave-thread\n", /*served=*/false);
  request.timeout_s = 2;
  const EndedEvent end = bench.End(request);
  CHECK(end.timed_out);
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("a verdict waits for processes that each fork the next and end", "[exec]") {
  const bool served = GENERATE(false, true);
  Bench bench;
  constexpr int kTries = 3;
  for (int i = 0; i < kTries; ++i) {
    const auto file = bench.folder() / ("done" + std::to_string(i));
    CHECK(bench.End(bench.Program("chain 300 " + file.string() + "\n", served)).exit_code == 0);
    CHECK(std::filesystem::exists(file));
  }
}

TEST_CASE("a process forked twice that has left its session is gone within a second",
          "[executor][crash]") {
  const bool served = GENERATE(false, true);
  const Cause cause = GENERATE(Cause::kTimeout, Cause::kCancel, Cause::kInterrupt, Cause::kDeath,
                               Cause::kOutOfMemory);
  std::int64_t best_ms = 20'000;
  constexpr int kTries = 3;  // where the machine is busy with something else
  for (int i = 0; i < kTries && best_ms >= 1000; ++i) {
    const std::int64_t ms =
        cause == Cause::kDeath ? MsToGoneAfterDeath(served) : MsToGone(cause, served);
    best_ms = std::min(best_ms, ms);
  }
  CAPTURE(Word(cause), served, best_ms);
  CHECK(best_ms < 1000);
}
