#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "orchestrator/exec/executor_testing.h"
#include "orchestrator/exec/memory_group.h"
#include "orchestrator/exec/usable_memory.h"

using namespace sweepformer;
using Bench = sweepformer::testing::ExecutorBench;

namespace {

constexpr std::int64_t kMib = 1 << 20;
constexpr std::int64_t kGib = 1 << 30;

bool CanMakeGroups() {
  MemoryGroups groups(FindMemoryHierarchy());
  return groups.Make(1, kGib).ok();
}

/// Bytes that could be had now: of the machine, or of the container where that is less.
double FreeMemory() {
  std::ifstream file("/proc/meminfo");
  std::string line;
  while (std::getline(file, line) && !line.starts_with("MemAvailable:")) {
  }
  const double available = line.empty() ? 0 : 1024 * std::stod(line.substr(line.find(':') + 1));
  return std::min(available, UsableMemory());
}

std::int64_t OwnPeak() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

}  // namespace

TEST_CASE("an attempt over its limit is ended as out of memory", "[memory]") {
  const MemoryControl control = GENERATE(MemoryControl::kCgroup, MemoryControl::kWatch);
  const bool served = GENERATE(false, true);
  CAPTURE(static_cast<int>(control), served);
  Bench bench(control);
  LaunchRequest request = bench.Program("hold 256 20000\n", served);
  request.mem_limit_bytes = 64 * kMib;
  const EndedEvent end = bench.End(request);
  CHECK(end.out_of_memory);
  CHECK(end.signal == SIGKILL);
  CHECK(end.mem_limit_bytes == 64 * kMib);
  const bool has_group = control == MemoryControl::kCgroup && CanMakeGroups();
  CHECK(end.peak_cgroup_bytes.has_value() == has_group);
  if (!has_group) CHECK(end.peak_watched_bytes > 64 * kMib);
}

TEST_CASE("a limit that does not hold the program itself is one that it is over", "[memory]") {
  const MemoryControl control = GENERATE(MemoryControl::kCgroup, MemoryControl::kWatch);
  const bool served = GENERATE(false, true);
  CAPTURE(static_cast<int>(control), served);
  Bench bench(control);
  LaunchRequest request = bench.Program("sleep 20000\n", served);
  request.mem_limit_bytes = 4096;
  const EndedEvent end = bench.End(request);
  CHECK(end.error.empty());
  CHECK(end.out_of_memory);
  CHECK(end.mem_limit_bytes == 4096);
  CHECK(bench.End(bench.Program("exit 3\n", served)).exit_code == 3);
}

TEST_CASE("an attempt within its limit is left alone", "[memory]") {
  const MemoryControl control = GENERATE(MemoryControl::kCgroup, MemoryControl::kWatch);
  const bool served = GENERATE(false, true);
  Bench bench(control);
  LaunchRequest request = bench.Program("hold 32 200\nexit 3\n", served);
  request.mem_limit_bytes = 128 * kMib;
  const EndedEvent end = bench.End(request);
  CHECK_FALSE(end.out_of_memory);
  CHECK(end.exit_code == 3);
  if (end.peak_cgroup_bytes) CHECK(*end.peak_cgroup_bytes >= 32 * kMib);
}

TEST_CASE("memory that a tree shares is counted once", "[memory]") {
  Bench bench(MemoryControl::kWatch);
  LaunchRequest request = bench.Program("share 48 400\nexit 0\n", false);
  request.mem_limit_bytes = 80 * kMib;  // three processes with the same 48 MiB
  const EndedEvent end = bench.End(request);
  CHECK_FALSE(end.out_of_memory);
  CHECK(end.peak_watched_bytes < 80 * kMib);
  CHECK(end.peak_watched_bytes >= 40 * kMib);
}

TEST_CASE("the whole tree goes when one of it is out of memory", "[memory]") {
  const MemoryControl control = GENERATE(MemoryControl::kCgroup, MemoryControl::kWatch);
  Bench bench(control);
  LaunchRequest request = bench.Program("stray\nbackground-hold 256 20000\nsleep 20000\n", false);
  request.mem_limit_bytes = 64 * kMib;
  const EndedEvent end = bench.End(request);
  CHECK(end.out_of_memory);
  CHECK(end.signal == SIGKILL);
}

TEST_CASE("the peak of memory is exact to the last moment, whatever the orchestrator holds",
          "[memory]") {
  if (FreeMemory() < 3 * kGib) {
    WARN("skipped: less than 3 GiB of memory are free");
    return;
  }
  const bool served = GENERATE(false, true);
  Bench bench;
  const std::string ballast(kGib, 'x');  // of the orchestrator
  const std::int64_t idle = bench.End(bench.Program("hold 1 0\n", served)).peak_rss_bytes;
  const EndedEvent end = bench.End(bench.Program("hold 60 50\nsleep 100\nhold 200 10\n", served));
  const std::int64_t expected = idle + 199 * kMib;
  CAPTURE(served, idle / 1024, end.peak_rss_bytes / 1024, expected / 1024, ballast.size());
  CHECK(OwnPeak() > kGib);
  CHECK(idle < 32 * kMib);
  CHECK(std::abs(end.peak_rss_bytes - expected) <= 4 * kMib);
}
