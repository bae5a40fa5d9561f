#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sweepformer {

/// Environment variable that marks every process of an attempt's tree, also one that has left its
/// session.
inline constexpr const char* kTreeVariable = "SWEEPFORMER_TREE";

/// One process as /proc shows it.
struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  char state = '?';              ///< Z: ended, not yet waited for
  std::int64_t start_ticks = 0;  ///< since boot; with the boot id and the pid it names the process
};

/// The line of /proc/<pid>/stat, whose command may hold blanks and parentheses.
std::optional<ProcessEntry> ParseProcessStat(const std::string& line);

/// Nothing if there is no such process.
std::optional<ProcessEntry> ReadProcess(pid_t pid);

/// Every process that can be seen. Not a snapshot: processes come and go while it is read.
std::vector<ProcessEntry> ReadProcesses();

/// As ReadProcesses, but those that were there before the first of `recent` was made may be left
/// out: what these started is among them. Cheap while few processes have been made since, as
/// numbers are given out in turn, and begin anew after the highest: `recent` must have been made
/// so lately that the numbers cannot have come round to them again.
std::vector<ProcessEntry> ReadProcessesSince(const std::vector<pid_t>& recent);

/// The entries below `root`, children before grandchildren, `root` itself left out.
std::vector<ProcessEntry> DescendantsOf(pid_t root, const std::vector<ProcessEntry>& processes);

/// The value of `name` in the environment the process was started with; "" where it has none or may
/// not be read.
std::string EnvironmentOf(pid_t pid, const std::string& name);

/// The processes that have `file` open, as far as they may be looked into.
std::vector<pid_t> ProcessesWithOpen(const std::filesystem::path& file);

/// Whether the process carries kTreeVariable.
bool IsOfATree(pid_t pid);

/// Kills what is below this process and meant by `which`, over and over until nothing is left, and
/// reaps it. A subreaper's orphans are below it too: leaving the session or the group saves nobody.
void KillDescendants(const std::function<bool(pid_t)>& which);

/// The boot id of the running kernel, "" where there is none.
std::string BootId();

}  // namespace sweepformer
