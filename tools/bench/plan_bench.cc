// How long planning takes and how much memory, by the size of the grid: the whole of `plan`, each
// size in a process of its own. The rival is the least that any planner does, the same cross
// product in nested loops, each cell kept as text.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "tools/bench/rows.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/standing.h"

namespace sweepformer {
namespace {

struct Grid {
  int cells;  ///< a multiple of 1000
  int seeds;
};

std::string SpecOf(const Grid& grid) {
  std::string seeds;
  for (int seed = 1; seed <= grid.seeds; ++seed) seeds += fmt::format("{}, ", seed);
  return fmt::format(
      "spec = 1\nname = \"bench\"\n[axes]\na = {{ from = 1, to = {}, step = 1 }}\n"
      "b = {{ from = 1, to = 100, step = 1 }}\nc = {{ from = 1, to = 10, step = 1 }}\n"
      "[let]\nd = \"a * b\"\n[[exclude]]\nwhen = \"a = 1 AND b = 1\"\nwhy = \"too small\"\n"
      "[repeat]\nseeds = [{}]\n[worker]\ncommand = [\"true\", \"{{a}} {{b}} {{c}} {{d}}\"]\n",
      grid.cells / 1000, seeds);
}

void PlanGrid(const Grid& grid) {
  const auto folder =
      std::filesystem::temp_directory_path() / fmt::format("sweepformer-plan-bench-{}", getpid());
  std::filesystem::create_directory(folder);
  std::ofstream(folder / "s.toml") << SpecOf(grid);
  PlanRequest request;
  request.spec = folder / "s.toml";
  request.most_cells = grid.cells;
  const auto plan = MakeSweepPlan(request);
  std::filesystem::remove_all(folder);
  const bool planned =
      plan.ok() && StandingOf(*plan, folder / "none.db", ThisMachine(0), "here").ok();
  if (!planned) fmt::print(stderr, "plan_bench: {}\n", plan.status().message());
  _exit(planned ? 0 : 1);  // as `plan` is done once it has printed
}

void LoopGrid(const Grid& grid) {
  std::vector<std::string> runs;
  for (int seed = 1; seed <= grid.seeds; ++seed)
    for (int a = 1; a <= grid.cells / 1000; ++a)
      for (int b = 1; b <= 100; ++b)
        for (int c = 1; c <= 10; ++c)
          if (a != 1 || b != 1) runs.push_back(fmt::format("{} {} {} {} {}", a, b, c, a * b, seed));
  _exit(runs.empty() ? 1 : 0);
}

/// Runs `work` in a process of its own and prints its seconds of CPU, seconds and peak memory.
/// Returns the first.
double Report(const std::string& what, const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  const pid_t pid = fork();
  if (pid == 0) work();
  int status = 0;
  rusage usage{};
  wait4(pid, &status, 0, &usage);
  const double wall =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const double cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  fmt::print("{:<34}{:>9.3f} s{:>10.3f} s{:>9} MiB\n", what, cpu, wall, usage.ru_maxrss / 1024);
  std::fflush(stdout);
  if (status != 0) std::exit(1);
  return cpu;
}

}  // namespace
}  // namespace sweepformer

int main() {
  using sweepformer::Grid;
  fmt::print("{:<34}{:>11}{:>12}{:>13}\n", "", "CPU", "wall", "peak");
  for (const Grid grid : {Grid{10'000, 1}, Grid{100'000, 1}, Grid{20'000, 5}, Grid{200'000, 5}}) {
    const std::string size =
        fmt::format("{} cells x {} seed{}", grid.cells, grid.seeds, grid.seeds == 1 ? "" : "s");
    const double plan = sweepformer::Report("plan   " + size, [&] { PlanGrid(grid); });
    const double loops = sweepformer::Report("  loops", [&] { LoopGrid(grid); });
    sweepformer::bench::AppendRow("plan_bench",
                                  {"plan: " + size, "s CPU", plan, loops, "nested loops", ""});
  }
}
