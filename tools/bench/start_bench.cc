#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/clock.h"
#include "orchestrator/exec/local_executor.h"
#include "tools/bench/rows.h"

// How long it takes to start a process, in milliseconds.
//
//   start_bench floor COMMAND RUNS
//     The floor of overhead_bench: COMMAND, RUNS times, two at once, with nothing but posix_spawn
//     and wait4.
//
//   start_bench worker WORKER RUNS
//     From Executor::Start to what the worker says first (hello), to its configuration, and to its
//     end, for a run of one epoch of 40 short reviews; executed (--run) and forked (--serve) in
//     turn. Medians and the 10th and 90th percentile.

using namespace sweepformer;

namespace {

void Floor(const std::string& command, int runs) {
  std::string name = command;
  std::vector<char*> argv = {name.data(), nullptr};
  int started = 0, running = 0;
  while (started < runs || running > 0) {
    while (running < 2 && started < runs) {
      pid_t pid = 0;
      if (posix_spawn(&pid, name.c_str(), nullptr, nullptr, argv.data(), environ) != 0) {
        fmt::print(stderr, "{}: cannot be started\n", command);
        std::exit(1);
      }
      ++started;
      ++running;
    }
    wait4(-1, nullptr, 0, nullptr);
    --running;
  }
}

/// Milliseconds since the start of a run.
struct Times {
  double hello = 0;
  double config = 0;
  double end = 0;
};

double NowMs() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

Times CarryOut(LocalExecutor& executor, const LaunchRequest& request) {
  const double began = NowMs();
  if (!executor.Start(request).ok()) std::exit(1);
  Times times;
  while (times.end == 0) {
    const auto events = executor.Wait(1000).value();
    for (const ExecutorEvent& event : events) {
      const double now = NowMs() - began;
      if (std::holds_alternative<EndedEvent>(event)) times.end = now;
      const auto* reported = std::get_if<ReportedEvent>(&event);
      if (!reported) continue;
      if (std::holds_alternative<HelloEvent>(reported->event)) times.hello = now;
      if (std::holds_alternative<ConfigEvent>(reported->event)) times.config = now;
    }
  }
  return times;
}

/// Prints the spread and returns the median.
double Print(const char* what, std::vector<Times> all, double Times::*figure) {
  std::sort(all.begin(), all.end(),
            [&](const Times& a, const Times& b) { return a.*figure < b.*figure; });
  const auto at = [&](std::size_t tenths) { return all[(all.size() - 1) * tenths / 10].*figure; };
  fmt::print("{:<22}{:>9.2f} ms   ({:.2f} to {:.2f})\n", what, at(5), at(1), at(9));
  return at(5);
}

LaunchRequest TinyRun(const std::string& worker, std::int64_t attempt) {
  LaunchRequest request;
  request.attempt = attempt;
  request.command = {worker, "--run"};
  request.log = std::filesystem::temp_directory_path() / "sweepformer-start-bench.log";
  RunRequest run;
  run.seed = attempt;
  run.parameters = {{"rows", std::int64_t{40}},
                    {"epochs", std::int64_t{1}},
                    {"max_length", std::int64_t{8}},
                    {"attention", "none"}};
  request.standard_input = FormatRequest(run);
  return request;
}

void Worker(const std::string& worker, int runs) {
  const auto executor = LocalExecutor::Make(KeeperLink::Start().value(), -1).value();
  std::vector<Times> executed, forked;
  for (int i = 0; i <= runs; ++i) {
    LaunchRequest request = TinyRun(worker, 2 * i + 1);
    executed.push_back(CarryOut(*executor, request));
    request = TinyRun(worker, 2 * i + 2);
    request.serve_command = {worker, "--serve"};
    forked.push_back(CarryOut(*executor, request));
  }
  executed.erase(executed.begin());
  fmt::print("{:<22}{:>9.2f} ms   (loads LibTorch)\n", "first forked, hello", forked[0].hello);
  forked.erase(forked.begin());
  Print("executed, hello", executed, &Times::hello);
  const double executed_ms = Print("executed, config", executed, &Times::config);
  Print("executed, end", executed, &Times::end);
  const double hello_ms = Print("forked, hello", forked, &Times::hello);
  const double forked_ms = Print("forked, config", forked, &Times::config);
  Print("forked, end", forked, &Times::end);
  bench::AppendRow("start_bench", {"start of a forked run, to its hello", "ms", hello_ms,
                                   std::nullopt, "", "<= 8"});
  bench::AppendRow("start_bench", {"start of a forked run, to its configuration", "ms", forked_ms,
                                   executed_ms, "executed", ""});
}

}  // namespace

int main(int argc, char** argv) {
  const std::string mode = argc == 4 ? argv[1] : "";
  if (mode == "floor") return Floor(argv[2], std::atoi(argv[3])), 0;
  if (mode == "worker") return Worker(argv[2], std::atoi(argv[3])), 0;
  fmt::print(stderr, "usage: start_bench floor COMMAND RUNS | worker WORKER RUNS\n");
  return 2;
}
