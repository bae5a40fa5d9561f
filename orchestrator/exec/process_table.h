#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
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

/// 0 if there is no such process.
pid_t SessionOf(pid_t pid);

/// Of the program that it runs, cut as the kernel has it; "" if there is no such process.
std::string NameOf(pid_t pid);

/// Whether the process is a child of this one, or becomes one within 50 ms: what a child of ours
/// forks twice does so a moment later than it can be told of.
bool BecomesChild(pid_t pid);

/// Whether the process is one now and has not ended.
bool IsLivingChild(pid_t pid);

/// Every process that can be seen. Not a snapshot: processes come and go while it is read.
std::vector<ProcessEntry> ReadProcesses();

/// The children of the calling thread, those included that have ended and were not waited for, and
/// orphans if it is a subreaper. Complete as long as no other thread waits for one: only that takes
/// one out. Nothing where the kernel keeps no such list (CONFIG_PROC_CHILDREN).
std::optional<std::vector<pid_t>> ReadChildren();

/// The entries below `root`, children before grandchildren, `root` itself left out.
std::vector<ProcessEntry> DescendantsOf(pid_t root, const std::vector<ProcessEntry>& processes);

/// The value of `name` in the environment the process was started with; "" where it has none or may
/// not be read.
std::string EnvironmentOf(pid_t pid, const std::string& name);

/// The processes that have `file` open, as far as they may be looked into.
std::vector<pid_t> ProcessesWithOpen(const std::filesystem::path& file);

/// What names an open file: device and inode.
using FileId = std::pair<dev_t, ino_t>;

/// Nothing where `fd` is not open.
std::optional<FileId> FileIdOf(int fd);

/// Whether the process has one of the files open, as far as it may be looked into.
bool HoldsAny(pid_t pid, const std::set<FileId>& files);

/// Whether the process has ended, or is about to: its environment goes before it does.
bool HasNoMemory(pid_t pid);

/// Whether the process carries kTreeVariable.
bool IsOfATree(pid_t pid);

/// Kills the process at once. False if it may not be killed, as one that sudo started: it is not to
/// be waited for.
bool KillHard(pid_t pid);

/// Kills what is below this process and meant by `which`, over and over until nothing is left, and
/// reaps it. A subreaper's orphans are below it too: leaving the session or the group saves nobody.
void KillDescendants(const std::function<bool(pid_t)>& which);

/// The boot id of the running kernel, "" where there is none.
std::string BootId();

}  // namespace sweepformer
