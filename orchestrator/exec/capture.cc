#include "orchestrator/exec/capture.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <optional>
#include <thread>
#include <vector>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/process_table.h"

namespace sweepformer {
namespace {

/// More than any description, so that a program that prints for ever is noticed.
constexpr std::size_t kMostOutput = std::size_t{16} << 20;

struct Pipe {
  UniqueFd read, write;
};

Result<Pipe> MakePipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return IoError(fmt::format("a pipe cannot be made: {}", std::strerror(errno)));
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<pid_t> Spawn(const std::vector<std::string>& command, int stdout_fd) {
  std::vector<char*> argv;
  for (const std::string& argument : command) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, stdout_fd, 1);
  pid_t pid = 0;
  const int code = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code == 0) return pid;
  return InvalidArgument(fmt::format("{}: cannot be started: {}", command[0], std::strerror(code)));
}

/// Everything up to end-of-file; nothing if the deadline passes first.
std::optional<std::string> ReadAll(int fd, std::int64_t deadline) {
  std::string output;
  std::array<char, 65536> buffer;
  while (true) {
    pollfd waited{fd, POLLIN, 0};
    const auto left = static_cast<int>(std::max<std::int64_t>(0, deadline - SteadyMs()));
    if (poll(&waited, 1, left) == 0) return std::nullopt;
    const ssize_t size = read(fd, buffer.data(), buffer.size());
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0 || output.size() > kMostOutput) return output;
    output.append(buffer.data(), static_cast<std::size_t>(size));
  }
}

/// Whether the child ends before the deadline. It is left to be waited for.
bool EndsBefore(pid_t pid, std::int64_t deadline) {
  for (;;) {
    siginfo_t ended{};
    const auto id = static_cast<id_t>(pid);
    if (waitid(P_PID, id, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == pid) {
      return true;
    }
    if (SteadyMs() >= deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// The program and what it started, which would go on without it. The program first: a shell would
/// remark on the end of what it waits for.
void KillWithDescendants(pid_t pid) {
  const std::vector<ProcessEntry> below = DescendantsOf(pid, ReadProcesses());
  KillHard(pid);
  for (const ProcessEntry& process : below) KillHard(process.pid);
}

std::string EndWords(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace

Result<std::string> CaptureOutput(const std::vector<std::string>& command, int timeout_ms) {
  SF_ASSIGN(Pipe pipe, MakePipe());
  SF_ASSIGN(const pid_t pid, Spawn(command, pipe.write.get()));
  pipe.write.reset();
  const std::int64_t deadline = SteadyMs() + timeout_ms;
  const auto output = ReadAll(pipe.read.get(), deadline);
  const bool too_much = output && output->size() > kMostOutput;
  const bool late = !output || (!too_much && !EndsBefore(pid, deadline));
  if (late || too_much) KillWithDescendants(pid);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  const std::string text = fmt::format("{}", fmt::join(command, " "));
  if (late)
    return InvalidArgument(fmt::format("'{}' did not end in {} s", text, timeout_ms / 1000));
  if (too_much) {
    return InvalidArgument(
        fmt::format("'{}' prints over {} MiB", text, kMostOutput / (std::size_t{1} << 20)));
  }
  if (status != 0) return InvalidArgument(fmt::format("'{}' {}", text, EndWords(status)));
  return *output;
}

}  // namespace sweepformer
