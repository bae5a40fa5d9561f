#include "orchestrator/exec/memory_group.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <vector>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/process_table.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "sweepformer-";
constexpr const char* kProcs = "cgroup.procs";
constexpr const char* kHandedOn = "cgroup.subtree_control";

/// Names of the kernel's files that differ between the versions.
struct FileNames {
  const char* limit;
  const char* swap_limit;
  const char* peak;
  const char* kills;  ///< has a line "oom_kill N"
};

constexpr FileNames kVersion1 = {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
                                 "memory.max_usage_in_bytes", "memory.oom_control"};
constexpr FileNames kVersion2 = {"memory.max", "memory.swap.max", "memory.peak", "memory.events"};

const FileNames& NamesOf(int version) { return version == 1 ? kVersion1 : kVersion2; }

Status Failure(const fs::path& path) {
  return IoError(fmt::format("{}: {}", path.string(), std::strerror(errno)));
}

/// To a file that is there already, as the kernel's are.
Status Write(const fs::path& file, const std::string& text) {
  const UniqueFd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return Failure(file);
  if (write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
    return Failure(file);
  return {};
}

/// The path in the line "N:controllers:path" that names `controller`; "0::path" for "".
std::optional<std::string> GroupPath(const std::string& lines, const std::string& controller) {
  std::istringstream in(lines);
  for (std::string line; std::getline(in, line);) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    const std::string wanted = "," + controller + ",";
    const bool among = !controller.empty() && names.find(wanted) != std::string::npos;
    if (names == wanted || among) return line.substr(second + 1);
  }
  return {};
}

/// "sweepformer-<pid>-<start ticks>-": of the keeper that made it.
std::string NameStem(const ProcessEntry& keeper) {
  return fmt::format("{}{}-{}-", kPrefix, keeper.pid, keeper.start_ticks);
}

std::string OwnStem() {
  const auto self = ReadProcess(getpid());
  return NameStem(self.value_or(ProcessEntry{getpid()}));
}

/// Whether the folder's name says that its keeper does not live any more.
bool IsLeftOver(const std::string& name) {
  int pid = 0;
  if (std::sscanf(name.c_str(), "sweepformer-%d-", &pid) != 1) return false;
  const auto keeper = ReadProcess(pid);
  return !keeper || keeper->state == 'Z' || !name.starts_with(NameStem(*keeper));
}

std::vector<pid_t> ProcessesIn(const fs::path& folder) {
  const auto procs = ReadFile(folder / kProcs);
  std::istringstream in(procs.ok() ? *procs : "");
  std::vector<pid_t> pids;
  for (pid_t pid = 0; in >> pid;) {
    if (pid > 1) pids.push_back(pid);  // 0: of another namespace
  }
  return pids;
}

/// Kills what is left in the group, of which nobody else may know.
void Remove(const fs::path& folder) {
  constexpr int kTries = 50;
  constexpr int kPauseUs = 2000;
  for (int i = 0; i < kTries && rmdir(folder.c_str()) != 0 && errno == EBUSY; ++i) {
    for (const pid_t pid : ProcessesIn(folder)) kill(pid, SIGKILL);
    usleep(kPauseUs);
  }
}

template <typename Visitor>
void ForEachOfOurs(const fs::path& parent, const Visitor& visit) {
  std::error_code error;
  for (fs::directory_iterator at(parent, error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(kPrefix)) visit(at->path());
  }
}

}  // namespace

std::optional<MemoryHierarchy> FindMemoryHierarchy(const fs::path& root) {
  const auto lines = ReadFile(root / "proc/self/cgroup");
  if (!lines.ok()) return {};
  const fs::path mounts = root / "sys/fs/cgroup";
  const auto at = [&](int version, const fs::path& mount,
                      const std::string& path) -> std::optional<MemoryHierarchy> {
    const fs::path folder = mount / fs::path(path).relative_path();
    if (!fs::exists(folder / kProcs)) return {};
    return MemoryHierarchy{version, folder};
  };
  const auto unified = GroupPath(*lines, ""), memory = GroupPath(*lines, "memory");
  const auto controllers = ReadFile(mounts / "cgroup.controllers");
  if (unified && controllers.ok() && controllers->find("memory") != std::string::npos)
    return at(2, mounts, *unified);
  return memory ? at(1, mounts / "memory", *memory) : std::nullopt;
}

MemoryGroup::~MemoryGroup() {
  if (!folder_.empty()) Remove(folder_);
}

Result<UniqueFd> MemoryGroup::OpenProcs() const {
  const fs::path file = folder_ / kProcs;
  UniqueFd fd(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.valid()) return Failure(file);
  return fd;
}

Status MemoryGroup::TryJoining() const {
  SF_ASSIGN(const UniqueFd procs, OpenProcs());
  const pid_t pid = fork();
  if (pid < 0) return Failure(folder_);
  if (pid == 0) _exit(write(procs.get(), "0", 1) == 1 ? 0 : errno);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  const int error = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  if (error == 0) return {};
  return IoError(fmt::format("{}: {}", (folder_ / kProcs).string(), std::strerror(error)));
}

bool MemoryGroup::OutOfMemory() const {
  const auto text = ReadFile(folder_ / NamesOf(version_).kills);
  const std::size_t found = text.ok() ? ("\n" + *text).find("\noom_kill ") : std::string::npos;
  if (found == std::string::npos) return false;
  return std::atoll(text->c_str() + found + std::strlen("oom_kill ")) > 0;
}

std::optional<std::int64_t> MemoryGroup::PeakBytes() const {
  const auto text = ReadFile(folder_ / NamesOf(version_).peak);
  if (!text.ok()) return {};
  return std::atoll(text->c_str());
}

MemoryGroups::~MemoryGroups() {
  if (!prepared_ || !hierarchy_) return;
  LeaveRoom();
  ForEachOfOurs(hierarchy_->folder, [&](const fs::path& folder) {
    if (folder.filename().string().starts_with(stem_)) rmdir(folder.c_str());
  });
}

Status MemoryGroups::Prepare() {
  stem_ = OwnStem();
  ForEachOfOurs(hierarchy_->folder, [](const fs::path& folder) {
    if (IsLeftOver(folder.filename().string())) Remove(folder);
  });
  const fs::path handed_on = hierarchy_->folder / kHandedOn;
  const auto already = ReadFile(handed_on);
  const bool ready = already.ok() && already->find("memory") != std::string::npos;
  if (hierarchy_->version == 1 || ready || Write(handed_on, "+memory").ok()) return {};
  return MakeRoom();
}

/// Version 2 hands a controller on only from a group that has no processes of its own: ours (this
/// one and its parent, the orchestrator) move into one below.
Status MemoryGroups::MakeRoom() {
  const fs::path room = FolderOf(0);
  if (mkdir(room.c_str(), 0755) != 0) return Failure(room);
  for (const pid_t pid : {getpid(), getppid()}) {
    SF_TRY(Write(room / kProcs, std::to_string(pid)));
  }
  return Write(hierarchy_->folder / kHandedOn, "+memory");
}

void MemoryGroups::LeaveRoom() {
  const auto inside = ProcessesIn(FolderOf(0));
  if (inside.empty()) return;
  (void)Write(hierarchy_->folder / kHandedOn, "-memory");
  for (const pid_t pid : inside) (void)Write(hierarchy_->folder / kProcs, std::to_string(pid));
}

fs::path MemoryGroups::FolderOf(std::int64_t attempt) const {
  return hierarchy_->folder / (stem_ + std::to_string(attempt));
}

Result<MemoryGroup> MemoryGroups::Make(std::int64_t attempt, std::int64_t limit_bytes) {
  if (!hierarchy_) return IoError("no memory cgroups are mounted");
  if (!prepared_) prepared_ = Prepare();
  SF_TRY(*prepared_);
  const fs::path folder = FolderOf(attempt);
  if (mkdir(folder.c_str(), 0755) != 0) return *(prepared_ = Failure(folder));
  MemoryGroup group(hierarchy_->version, folder);
  if (!joinable_) {  // before there is a limit that the child might not survive
    if (Status tried = group.TryJoining(); !tried.ok()) return *(prepared_ = std::move(tried));
    joinable_ = true;
  }
  const FileNames& names = NamesOf(hierarchy_->version);
  const std::string limit = std::to_string(limit_bytes);
  SF_TRY(Write(folder / names.limit, limit));
  // Where there is swap: version 1 limits the sum, version 2 swap alone.
  (void)Write(folder / names.swap_limit, hierarchy_->version == 1 ? limit : "0");
  if (hierarchy_->version == 2) (void)Write(folder / "memory.oom.group", "1");
  return group;
}

}  // namespace sweepformer
