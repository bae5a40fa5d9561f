#include "orchestrator/exec/tree_memory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

std::int64_t ResidentBytes(pid_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/statm", pid));
  long long size = 0, resident = 0;
  if (!text.ok() || std::sscanf(text->c_str(), "%lld %lld", &size, &resident) != 2) return 0;
  return resident * sysconf(_SC_PAGESIZE);
}

/// Its resident pages, each divided by the number of processes that share it.
std::int64_t ProportionalBytes(pid_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/smaps_rollup", pid));
  if (!text.ok()) return ResidentBytes(pid);
  const std::size_t line = text->find("\nPss:");
  if (line == std::string::npos) return 0;
  return std::atoll(text->c_str() + line + 5) * 1024;
}

}  // namespace

std::int64_t MemoryOf(const std::set<pid_t>& tree, std::int64_t enough) {
  std::int64_t bound = 0, exact = 0;
  for (const pid_t pid : tree) bound += ResidentBytes(pid);
  if (bound <= enough) return bound;
  for (const pid_t pid : tree) exact += ProportionalBytes(pid);
  return exact;
}

}  // namespace sweepformer
