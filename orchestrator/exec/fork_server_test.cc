#include "orchestrator/exec/fork_server.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/executor_testing.h"

using namespace sweepformer;
using sweepformer::testing::Within;
using Bench = sweepformer::testing::ExecutorBench;

namespace {

/// The server below this process; 0 if there is none. What it has just forked looks like it, but
/// for leading no session yet.
pid_t ServerPid() {
  for (const ProcessEntry& process : DescendantsOf(getpid(), ReadProcesses())) {
    if (process.session != process.pid) continue;
    const auto line = ReadFile("/proc/" + std::to_string(process.pid) + "/cmdline");
    const bool serves = line.ok() && line->find("--serve") != std::string::npos;
    if (serves && EnvironmentOf(process.pid, kTreeVariable) == UnmarkedTree()) return process.pid;
  }
  return 0;
}

pid_t PidOf(const std::vector<ExecutorEvent>& events) {
  for (const ExecutorEvent& event : events) {
    if (const auto* one = std::get_if<AcceptedEvent>(&event)) return static_cast<pid_t>(one->pid);
  }
  return 0;
}

}  // namespace

TEST_CASE("a request and a reply come back as they were written", "[serve]") {
  const ServeRequest request =
      ParseServeRequest(FormatServeRequest({7, {{"PATH", "/b\xff"}}, {1}, "5.6.7"})).value();
  CHECK(request.attempt == 7);
  CHECK(request.environment.at("PATH") == "/b\xff");
  CHECK(request.cpus == std::vector<int>{1});
  CHECK(request.mark == "5.6.7");
  CHECK(ParseServeReply(FormatServeReply({7, 55, {}})).value().pid == 55);
  std::string refused;
  nlohmann::json::to_cbor({{"attempt", 7}, {"error", "full"}}, refused);
  const ServeReply reply = ParseServeReply(refused).value();
  CHECK((reply.pid == 0 && reply.error == "full" && reply.at_fault));
  CHECK_FALSE(ParseServeReply(FormatServeReply({7, 0, "full", false})).value().at_fault);
  CHECK(ParseServeReply("nonsense").status().code() == Code::kInvalidArgument);
}

TEST_CASE("many wait for a server that is slow to come up", "[serve]") {
  rlimit usual{};
  getrlimit(RLIMIT_NOFILE, &usual);
  rlimit few = usual;
  few.rlim_cur = 64;
  setrlimit(RLIMIT_NOFILE, &few);
  Bench bench;  // whose keeper begins with so few
  setrlimit(RLIMIT_NOFILE, &usual);
  REQUIRE(bench.End(bench.Program("exit 5\n", /*served=*/true)).exit_code == 5);
  const pid_t server = ServerPid();
  REQUIRE(server > 0);
  kill(server, SIGSTOP);
  constexpr int kMany = 60;
  for (int i = 0; i < kMany; ++i) {
    REQUIRE(bench.executor().Start(bench.Program("exit 5\n", /*served=*/true)).ok());
  }
  (void)bench.executor().Wait(200);
  kill(server, SIGCONT);
  for (const ExecutorEvent& event : bench.UntilEnded(kMany)) {
    if (const auto* end = std::get_if<EndedEvent>(&event)) CHECK(end->exit_code == 5);
  }
}

TEST_CASE("a forked attempt gets what an executed one gets", "[serve]") {
  Bench bench;
  LaunchRequest request = bench.Program(
      "session\nsay MINE\nsay OMP_NUM_THREADS\nsay SWEEPFORMER_EVENTS_FD\n"
      "status Cpus_allowed_list\nstatus SigBlk\n",
      /*served=*/true);
  request.environment["MINE"] = "ab";
  request.threads = 3;
  LaunchRequest executed = bench.Program(request.standard_input, /*served=*/false);
  executed.environment = request.environment;
  executed.threads = request.threads;
  CHECK(bench.End(request).exit_code == 0);
  CHECK(bench.End(executed).exit_code == 0);
  CHECK(bench.Log(request).starts_with("own\nab\n3\n3\nCpus_allowed_list:"));
  CHECK(bench.Log(request) == bench.Log(executed));
  CHECK(ServerPid() > 0);
}

TEST_CASE("a server outlives what it forked, and the other way round", "[serve]") {
  Bench bench;
  CHECK(bench.End(bench.Program("exit 7\n", true)).exit_code == 7);
  const pid_t server = ServerPid();
  const EndedEvent crashed = bench.End(bench.Program("crash\n", true));
  CHECK(crashed.signal.has_value());
  CHECK(ServerPid() == server);

  REQUIRE(bench.executor().Start(bench.Program("sleep 2000\nexit 3\n", true)).ok());
  std::vector<ExecutorEvent> events;
  REQUIRE(Within(10'000, [&] {
    events = bench.executor().Wait(10).value();
    return PidOf(events) > 0;
  }));
  kill(server, SIGKILL);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).exit_code == 3);
  CHECK(bench.End(bench.Program("exit 4\n", true)).exit_code == 4);
  CHECK(ServerPid() != server);
}

TEST_CASE("a server that dies after each fork is started again, and what it forked counts",
          "[serve][crash]") {
  setenv(kCrashVariable, "server-after-fork", 1);
  Bench bench;  // the keeper and all its servers have it
  unsetenv(kCrashVariable);
  constexpr int kAttempts = 5;  // a server that never answered is given up before
  for (int i = 0; i < kAttempts; ++i) {
    const EndedEvent end = bench.End(bench.Program("exit 7\n", /*served=*/true));
    CHECK(end.exit_code == 7);
    CHECK(end.peak_rss_method == "vmhwm");
    CHECK(Within(5000, [] { return ServerPid() == 0; }));
  }
}

TEST_CASE("each attempt ends once, however often the server is killed", "[serve][crash]") {
  Bench bench;
  constexpr int kAttempts = 60;
  for (int i = 0; i < kAttempts; ++i) {
    REQUIRE(bench.executor().Start(bench.Program("exit 5\n", true)).ok());
    if (i % 6 == 3) {
      if (const pid_t server = ServerPid()) kill(server, SIGKILL);
    }
  }
  int fives = 0;
  for (const ExecutorEvent& event : bench.UntilEnded(kAttempts)) {
    if (const auto* end = std::get_if<EndedEvent>(&event)) fives += end->exit_code == 5;
  }
  CHECK(fives == kAttempts);
}

TEST_CASE("a program that does not come to serve is executed", "[serve]") {
  Bench bench;
  for (const char* command : {"/bin/false", "/no/such/program"}) {
    LaunchRequest request = bench.Program("parent\nexit 6\n", true);
    request.serve_command = {command};
    CHECK(bench.End(request).exit_code == 6);
  }
}

TEST_CASE("a process that a server cannot have forked is not taken for an attempt's", "[serve]") {
  const pid_t stranger = fork();
  if (stranger == 0) _exit((pause(), 0));
  const std::vector<std::string> numbers = {
      "1", "0", "-5", "4194303", "4294967297", std::to_string(stranger), std::to_string(getpid())};
  for (const std::string& pid : numbers) {
    CAPTURE(pid);
    Bench bench;
    LaunchRequest request = bench.Program("exit 0\n", true);
    request.serve_command = {request.command.front(), "--pretend", pid};
    REQUIRE(bench.executor().Start(request).ok());
    bench.executor().Stop(request.attempt, StopHow::kAsk);
    const auto end = std::get<EndedEvent>(bench.UntilEnded(1).back());
    CHECK_THAT(end.error, Catch::Contains("says that it has forked process " + pid + ","));
    CHECK(end.at_fault);
  }
  CHECK(waitpid(stranger, nullptr, WNOHANG) == 0);
  kill(stranger, SIGKILL);
  waitpid(stranger, nullptr, 0);
}

TEST_CASE("neither the server nor another attempt's program is an attempt's", "[serve]") {
  Bench bench;
  LaunchRequest request = bench.Program("exit 0\n", true);
  request.serve_command = {request.command.front(), "--pretend"};
  CHECK_FALSE(bench.End(request).error.empty());

  Bench other;
  const LaunchRequest running = other.Shell("sleep 86441");
  REQUIRE(other.executor().Start(running).ok());
  pid_t pid = 0;
  REQUIRE(Within(10'000, [&] { return (pid = PidOf(other.executor().Wait(10).value())) > 0; }));
  LaunchRequest second = other.Program("exit 0\n", true);
  second.serve_command = {second.command.front(), "--pretend", std::to_string(pid)};
  CHECK_FALSE(other.End(second).error.empty());
  other.executor().Stop(running.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(other.UntilEnded(1).back()).signal == SIGKILL);
}

TEST_CASE("an error of a server's own fails the attempt alone", "[serve]") {
  Bench bench;
  LaunchRequest request = bench.Program("exit 0\n", true);
  request.serve_command = {request.command.front(), "--refuse", "no such model"};
  const EndedEvent end = bench.End(request);
  CHECK(end.error == "no such model");
  CHECK(end.at_fault);
}

TEST_CASE("what is killed before it was forked is not forked", "[serve]") {
  Bench bench;
  bench.End(bench.Program("exit 0\n", true));
  kill(ServerPid(), SIGSTOP);  // from here on it does not answer
  const LaunchRequest request = bench.Program("exit 0\n", true);
  REQUIRE(bench.executor().Start(request).ok());
  bench.executor().Stop(request.attempt, StopHow::kKill);
  CHECK(std::get<EndedEvent>(bench.UntilEnded(1).back()).signal == SIGKILL);
  CHECK(bench.End(bench.Program("exit 9\n", true)).exit_code == 9);
}

TEST_CASE("memory and time of a forked attempt are its own", "[serve]") {
  Bench bench;
  const EndedEvent small = bench.End(bench.Program("exit 0\n", true));
  const EndedEvent large = bench.End(bench.Program("hold 64 0\n", true));
  constexpr std::int64_t kMib = 1 << 20;
  CHECK(small.peak_rss_method == "vmhwm");
  CHECK(small.peak_rss_bytes < 32 * kMib);
  CHECK(large.peak_rss_bytes >= 64 * kMib);
  CHECK(bench.End(bench.Program("exit 0\n", true)).peak_rss_bytes < 32 * kMib);
  CHECK(bench.End(bench.Program("exit 0\n", false)).peak_rss_method == "wait4");
}
