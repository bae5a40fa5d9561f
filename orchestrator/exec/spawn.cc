#include "orchestrator/exec/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

/// Above every descriptor number that is given a meaning.
constexpr int kOutOfTheWay = 10;

UniqueFd MoveUp(int fd) { return UniqueFd(fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, kOutOfTheWay)); }

void Place(const UniqueFd& fd, int number) {
  if (fd.valid()) dup2(fd.get(), number);
}

void PlaceDescriptors(const ProcessSetup& setup) {
  const UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  const UniqueFd input = MoveUp(setup.standard_input >= 0 ? setup.standard_input : null.get());
  const UniqueFd output = MoveUp(setup.output);
  const UniqueFd events = MoveUp(setup.events);
  if (setup.kept_open >= 0) fcntl(setup.kept_open, F_DUPFD, kOutOfTheWay);
  Place(input, STDIN_FILENO);
  Place(output, STDOUT_FILENO);
  Place(output, STDERR_FILENO);
  Place(events, kEventsFd);
}

void ResetSignals() {
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGXFSZ}) {
    signal(number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

void Pin(const std::vector<int>& cpus) {
  if (cpus.empty()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int cpu : cpus) CPU_SET(static_cast<std::size_t>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

/// "0" is whoever writes it.
void Join(int memory_group) {
  if (memory_group >= 0) (void)!write(memory_group, "0", 1);
}

[[noreturn]] void BecomeProgram(const std::vector<std::string>& command, const ProcessSetup& setup,
                                pid_t parent, const UniqueFd& report) {
  const UniqueFd kept = MoveUp(report.get());
  if (!SetUpProcess(setup, parent)) _exit(127);
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  const int code = errno;
  (void)!write(kept.get(), &code, sizeof code);
  _exit(127);
}

}  // namespace

bool SetUpProcess(const ProcessSetup& setup, pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return false;  // it died before the line above
  Join(setup.memory_group);
  PlaceDescriptors(setup);
  ResetSignals();
  Pin(setup.cpus);
  for (const auto& [name, value] : setup.environment) setenv(name.c_str(), value.c_str(), 1);
  return true;
}

Result<pid_t> Spawn(const std::vector<std::string>& command, const ProcessSetup& setup) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) {
    return IoError(fmt::format("a pipe cannot be made: {}", std::strerror(errno)));
  }
  UniqueFd read_end(ends[0]), write_end(ends[1]);
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(command, setup, parent, write_end);
  if (pid < 0) return IoError(fmt::format("cannot fork: {}", std::strerror(errno)));
  write_end.reset();
  int code = 0;
  ssize_t size = 0;
  while ((size = read(read_end.get(), &code, sizeof code)) < 0 && errno == EINTR) {
  }
  if (size == 0) return pid;
  waitpid(pid, nullptr, 0);
  return InvalidArgument(
      fmt::format("{}: cannot be started: {}", command.front(), std::strerror(code)));
}

}  // namespace sweepformer
