#include "orchestrator/exec/keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "orchestrator/exec/keeper_loop.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/spawn.h"

namespace sweepformer {
namespace {

UniqueFd ListenForChildren() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

/// Out of the terminal's and the user's reach: it ends when the orchestrator does.
void StandApart() {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  prctl(PR_SET_NAME, "sweepf-keeper");
  AllowManyDescriptors();
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) signal(number, SIG_IGN);
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  dup2(null.get(), STDIN_FILENO);
  dup2(null.get(), STDOUT_FILENO);
}

/// All below this process; that there is nothing, as a rule, is known without a look at all of
/// /proc.
std::vector<ProcessEntry> ReadDescendants() {
  const auto children = ReadChildren();
  if (children && children->empty()) return {};
  return DescendantsOf(getpid(), ReadProcesses());
}

bool IsAmong(const ProcessEntry& process, const std::vector<ProcessEntry>& processes) {
  return std::any_of(processes.begin(), processes.end(), [&](const ProcessEntry& one) {
    return one.pid == process.pid && one.start_ticks == process.start_ticks;
  });
}

bool IsAmongOrBelow(pid_t pid, const std::vector<ProcessEntry>& processes) {
  auto process = ReadProcess(pid);
  while (process && process->pid != getpid()) {
    if (IsAmong(*process, processes)) return true;
    process = ReadProcess(process->parent);
  }
  return false;
}

}  // namespace

Result<KeeperLink> KeeperLink::Start(MemoryControl memory) {
  SF_ASSIGN(auto ends, PacketSocket::MakePair());
  std::vector<ProcessEntry> before = ReadDescendants();
  signal(SIGCHLD, SIG_DFL);          // ignored by a parent of ours, it would hide every end
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // should the keeper die, its orphans come to us
  const pid_t pid = fork();
  if (pid < 0) return IoError(fmt::format("cannot fork: {}", std::strerror(errno)));
  if (pid == 0) {
    ends.first = PacketSocket();
    StandApart();
    KeeperLoop(std::move(ends.second), ListenForChildren(), memory).Run();
    _exit(0);
  }
  return KeeperLink(std::move(ends.first), pid, std::move(before));
}

void KeeperLink::KillLeftBehind() const {
  const pid_t own_session = getsid(0);
  KillDescendants([&](pid_t pid) {
    if (IsOfATree(pid)) return true;
    const bool may_be_killed = kill(pid, 0) == 0;  // else it would be waited for for ever
    return may_be_killed && pid != pid_ && getsid(pid) != own_session &&
           !IsAmongOrBelow(pid, before_);
  });
}

KeeperLink::~KeeperLink() {
  if (pid_ == 0) return;
  socket_ = PacketSocket();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) KillLeftBehind();
}

}  // namespace sweepformer
