#include "orchestrator/exec/process_table.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <thread>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

std::string ReadProc(pid_t pid, const char* name) {
  auto text = ReadFile(fmt::format("/proc/{}/{}", pid, name));
  return text.ok() ? std::move(text).value() : "";
}

bool IsAlive(const ProcessEntry& process) { return process.state != 'Z' && process.state != 'X'; }

}  // namespace

std::optional<ProcessEntry> ParseProcessStat(const std::string& line) {
  const std::size_t command_end = line.rfind(')');
  if (command_end == std::string::npos) return std::nullopt;
  ProcessEntry entry;
  entry.pid = std::atoi(line.c_str());
  long long start_ticks = 0;
  int threads = 0;
  constexpr int kRead = 5;
  const int read = std::sscanf(line.c_str() + command_end + 1,
                               " %c %d %*d %d %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                               "%d %*s %lld",
                               &entry.state, &entry.parent, &entry.session, &threads, &start_ticks);
  // It is said of the first thread, also while others go on.
  if (entry.state == 'Z' && threads > 1) entry.state = 'S';
  entry.start_ticks = start_ticks;
  if (read != kRead || entry.pid <= 0) return std::nullopt;
  return entry;
}

std::optional<ProcessEntry> ReadProcess(pid_t pid) {
  return ParseProcessStat(ReadProc(pid, "stat"));
}

pid_t SessionOf(pid_t pid) {
  const auto process = ReadProcess(pid);
  return process ? process->session : 0;
}

bool BecomesChild(pid_t pid) {
  constexpr int kTries = 50;
  for (int i = 0; i < kTries; ++i) {
    const auto process = ReadProcess(pid);
    if (!process) return false;
    if (process->parent == getpid()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

std::string NameOf(pid_t pid) {
  const auto line = ReadFile(fmt::format("/proc/{}/comm", pid));
  return line.ok() ? line->substr(0, line->find('\n')) : "";
}

bool IsLivingChild(pid_t pid) {
  const auto process = ReadProcess(pid);
  return process && process->parent == getpid() && process->state != 'Z';
}

std::vector<ProcessEntry> ReadProcesses() {
  std::vector<ProcessEntry> processes;
  DIR* folder = opendir("/proc");
  if (!folder) return processes;
  while (const dirent* entry = readdir(folder)) {
    const int pid = std::atoi(entry->d_name);
    if (pid <= 0) continue;
    if (const auto process = ReadProcess(pid)) processes.push_back(*process);
  }
  closedir(folder);
  return processes;
}

std::optional<std::vector<pid_t>> ReadChildren() {
  const auto text = ReadFile("/proc/thread-self/children");
  if (!text.ok()) return std::nullopt;
  std::vector<pid_t> children;
  std::istringstream words(*text);
  for (pid_t pid = 0; words >> pid;) children.push_back(pid);
  return children;
}

std::vector<ProcessEntry> DescendantsOf(pid_t root, const std::vector<ProcessEntry>& processes) {
  std::multimap<pid_t, const ProcessEntry*> children;
  for (const ProcessEntry& process : processes) children.emplace(process.parent, &process);
  std::vector<ProcessEntry> below;
  const auto add_children = [&](pid_t parent) {
    const auto [first, last] = children.equal_range(parent);
    for (auto it = first; it != last; ++it) below.push_back(*it->second);
  };
  add_children(root);
  for (std::size_t i = 0; i < below.size(); ++i) add_children(below[i].pid);
  return below;
}

std::string EnvironmentOf(pid_t pid, const std::string& name) {
  const std::string block = '\0' + ReadProc(pid, "environ");
  const std::string key = '\0' + name + '=';
  const std::size_t found = block.find(key);
  if (found == std::string::npos) return "";
  const std::size_t begin = found + key.size();
  return block.substr(begin, block.find('\0', begin) - begin);
}

std::optional<FileId> FileIdOf(int fd) {
  struct stat facts {};
  if (fstat(fd, &facts) != 0) return std::nullopt;
  return FileId{facts.st_dev, facts.st_ino};
}

bool HoldsAny(pid_t pid, const std::set<FileId>& files) {
  std::error_code error;
  const auto folder = fmt::format("/proc/{}/fd", pid);
  for (std::filesystem::directory_iterator fd(folder, error), end; !error && fd != end;
       fd.increment(error)) {
    struct stat facts {};
    if (stat(fd->path().c_str(), &facts) == 0 && files.contains({facts.st_dev, facts.st_ino})) {
      return true;
    }
  }
  return false;
}

std::vector<pid_t> ProcessesWithOpen(const std::filesystem::path& file) {
  struct stat facts {};
  if (stat(file.c_str(), &facts) != 0) return {};
  const std::set<FileId> wanted = {{facts.st_dev, facts.st_ino}};
  std::vector<pid_t> found;
  for (const ProcessEntry& process : ReadProcesses()) {
    if (HoldsAny(process.pid, wanted)) found.push_back(process.pid);
  }
  return found;
}

bool HasNoMemory(pid_t pid) {
  const auto pages = ReadFile(fmt::format("/proc/{}/statm", pid));
  return !pages.ok() || pages->starts_with("0 ");
}

bool KillHard(pid_t pid) { return kill(pid, SIGKILL) == 0 || errno != EPERM; }

bool IsOfATree(pid_t pid) { return !EnvironmentOf(pid, kTreeVariable).empty(); }

void KillDescendants(const std::function<bool(pid_t)>& which) {
  for (;;) {
    bool any_alive = false;
    for (const ProcessEntry& process : DescendantsOf(getpid(), ReadProcesses())) {
      if (!IsAlive(process) || !which(process.pid)) continue;
      any_alive |= KillHard(process.pid);
    }
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    if (!any_alive) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

std::string BootId() {
  auto text = ReadFile("/proc/sys/kernel/random/boot_id");
  if (!text.ok()) return "";
  while (text->ends_with('\n')) text->pop_back();
  return *text;
}

}  // namespace sweepformer
