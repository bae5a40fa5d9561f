#include "orchestrator/exec/fork_on_request.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/brand.h"
#include "orchestrator/exec/packet_socket.h"
#include "orchestrator/exec/protocol.h"
#include "orchestrator/exec/serve_protocol.h"
#include "orchestrator/exec/spawn.h"

namespace sweepformer {
namespace {

/// Standard input, output, events; a memory cgroup may follow.
constexpr std::size_t kFds = 3;

/// What is opened or received from now on has no number that a run's descriptors will be given.
void OccupyLowDescriptors() {
  int fd = 0;
  while (fd >= 0 && fd < kEventsFd) fd = open("/dev/null", O_RDWR | O_CLOEXEC);
}

/// As fork, but the new process is a child of this one's parent, who can wait for it itself. What
/// the C library does beside the system call is not needed while there is one thread; only its copy
/// of the thread's number must be put right.
pid_t ForkSibling() {
  int* thread_number = nullptr;
  if (prctl(PR_GET_TID_ADDRESS, &thread_number) != 0) thread_number = nullptr;
  const unsigned long flags = CLONE_PARENT | (thread_number ? CLONE_CHILD_SETTID : 0) | SIGCHLD;
  return static_cast<pid_t>(syscall(SYS_clone, flags, nullptr, nullptr, thread_number, nullptr));
}

/// In the new process. False if nobody waits for it any more.
bool BecomeRun(const ServeRequest& request, const Packet& packet, pid_t keeper,
               const PacketSocket& socket) {
  CarryMark(request.mark);
  ProcessSetup setup;
  setup.environment = request.environment;
  setup.brand = BrandFor(request.mark);
  setup.cpus = request.cpus;
  setup.standard_input = packet.fds[0].get();
  setup.output = packet.fds[1].get();
  setup.events = packet.fds[2].get();
  if (packet.fds.size() > kFds) setup.memory_group = packet.fds[kFds].get();
  return SetUpProcess(setup, keeper) &&
         socket.Send(FormatServeReply({request.attempt, getpid(), {}})).ok();
}

/// Both the server and the new process say so: whichever is killed first.
ServeReply ReplyOf(const ServeRequest& request, pid_t pid) {
  if (pid > 0) return {request.attempt, pid, {}};
  const bool wants = errno == EAGAIN || errno == ENOMEM || errno == EMFILE;
  return {request.attempt, 0, fmt::format("cannot fork: {}", std::strerror(errno)), !wants};
}

}  // namespace

bool ForkOnRequest() {
  OccupyLowDescriptors();
  const PacketSocket socket(UniqueFd(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)));
  const pid_t keeper = getppid();
  for (;;) {
    const auto packet = socket.Receive();
    if (!packet.ok()) return false;
    const auto request = ParseServeRequest(packet->text);
    if (!request.ok()) return false;
    const bool whole = packet->fds.size() >= kFds;
    Reach(CrashPoint::kServerBeforeFork);
    const pid_t pid = whole ? ForkSibling() : (errno = EMFILE, -1);
    if (pid == 0 && BecomeRun(*request, *packet, keeper, socket)) return true;
    if (pid == 0) _exit(127);
    Reach(CrashPoint::kServerAfterFork);
    if (!socket.Send(FormatServeReply(ReplyOf(*request, pid))).ok()) return false;
  }
}

}  // namespace sweepformer
