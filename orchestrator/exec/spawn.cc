#include "orchestrator/exec/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>

#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/brand.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

std::optional<rlimit> usual_descriptors;  ///< RLIMIT_NOFILE before it was raised here

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

/// Has the parent, which sleeps until the program is executed, wake on other CPUs than the
/// program's, where there are others: else it stands in line behind it.
void MoveParentAway(pid_t parent, cpu_set_t allowed, const std::vector<int>& cpus) {
  for (const int cpu : cpus) CPU_CLR(static_cast<std::size_t>(cpu), &allowed);
  if (CPU_COUNT(&allowed) > 0) sched_setaffinity(parent, sizeof allowed, &allowed);
}

/// "0" is whoever writes it.
void Join(int memory_group) {
  if (memory_group >= 0) (void)!write(memory_group, "0", 1);
}

/// All but the environment, with system calls alone: memory may be shared with the parent.
bool SetUpWithoutMemory(const ProcessSetup& setup, pid_t parent) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) return false;  // it died before the line above
  Join(setup.memory_group);
  PlaceDescriptors(setup);
  if (usual_descriptors) setrlimit(RLIMIT_NOFILE, &*usual_descriptors);
  TakeBrand(setup.brand);
  ResetSignals();
  Pin(setup.cpus);
  return true;
}

/// This process's environment with `added`, as "NAME=value".
std::vector<std::string> EnvironmentWith(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** one = environ; *one; ++one) {
    const std::string_view text = *one;
    if (!added.contains(std::string(text.substr(0, text.find('='))))) all.emplace_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

/// As exec takes them; valid as long as `words` are left alone.
std::vector<char*> Pointers(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// What came of vfork and exec.
struct Execution {
  pid_t pid = -1;      ///< -1 and errno: it could not be forked
  int exec_error = 0;  ///< why it could not be executed: it has ended, and been waited for
};

/// vfork and exec: nothing of this process is copied. The program is looked for where the new
/// environment's PATH says.
Execution ForkAndExecute(char* const* argv, char** environment, const ProcessSetup& setup) {
  const pid_t parent = getpid();
  char** const kept = environ;
  environ = environment;
  cpu_set_t allowed;
  const bool pins = !setup.cpus.empty() && sched_getaffinity(0, sizeof allowed, &allowed) == 0;
  volatile int failure = 0;  // the child's memory is ours until it executes or ends
  const pid_t pid = vfork();
  if (pid == 0) {
    if (SetUpWithoutMemory(setup, parent)) {
      if (pins) MoveParentAway(parent, allowed, setup.cpus);
      execvp(argv[0], argv);
    }
    failure = errno;
    _exit(127);
  }
  environ = kept;
  if (pins) sched_setaffinity(0, sizeof allowed, &allowed);
  if (pid > 0 && failure != 0) waitpid(pid, nullptr, 0);
  return {pid, failure};
}

Status CannotBeStarted(const std::string& program, int error, bool has_group) {
  const auto words = fmt::format("{}: cannot be started: {}", program, std::strerror(error));
  if (error == ENOMEM && has_group) return Unavailable(words);
  if (error == ENOMEM || error == EAGAIN) return IoError(words);
  return InvalidArgument(words);
}

}  // namespace

bool SetUpProcess(const ProcessSetup& setup, pid_t parent) {
  if (!SetUpWithoutMemory(setup, parent)) return false;
  for (const auto& [name, value] : setup.environment) setenv(name.c_str(), value.c_str(), 1);
  return true;
}

void AllowManyDescriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  usual_descriptors = limit;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Result<pid_t> Spawn(const std::vector<std::string>& command, const ProcessSetup& setup) {
  const std::vector<std::string> environment = EnvironmentWith(setup.environment);
  const std::vector<char*> argv = Pointers(command);
  std::vector<char*> variables = Pointers(environment);
  const Execution execution = ForkAndExecute(argv.data(), variables.data(), setup);
  if (execution.pid < 0) return IoError(fmt::format("cannot fork: {}", std::strerror(errno)));
  if (execution.exec_error == 0) return execution.pid;
  return CannotBeStarted(command.front(), execution.exec_error, setup.memory_group >= 0);
}

}  // namespace sweepformer
