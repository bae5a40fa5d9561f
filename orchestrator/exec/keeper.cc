#include "orchestrator/exec/keeper.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>
#include <map>
#include <set>

#include "orchestrator/core/crash_point.h"
#include "orchestrator/core/file.h"
#include "orchestrator/exec/keeper_protocol.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/spawn.h"

namespace sweepformer {
namespace {

/// How often a tree that is being killed, or that outlives its program, is looked at. The end of
/// the latter mostly shows in a child that ends.
constexpr int kKillingPollMs = 10;
constexpr int kLingeringPollMs = 250;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

/// Share of its runnable time the process's first thread spent waiting for a CPU.
std::optional<double> RunDelayShare(pid_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/schedstat", pid));
  double run_ns = 0, delay_ns = 0;
  if (!text.ok() || std::sscanf(text->c_str(), "%lf %lf", &run_ns, &delay_ns) != 2) return {};
  if (run_ns + delay_ns <= 0) return {};
  return delay_ns / (run_ns + delay_ns);
}

/// One program that was started, and what is known of its end.
struct KeptProgram {
  pid_t pid = 0;
  bool killing = false;
  std::optional<EndedReport> end;  ///< of the program; its tree may live on
};

class Keeper {
 public:
  Keeper(PacketSocket socket, UniqueFd child_signals)
      : socket_(std::move(socket)), child_signals_(std::move(child_signals)) {}

  /// Serves until the other end of the socket is closed, and leaves nothing behind.
  void Run() {
    Serve();
    KillDescendants([](pid_t) { return true; });
    std::error_code error;
    if (!folder_.empty()) std::filesystem::remove_all(folder_, error);
  }

 private:
  void Serve() {
    for (;;) {
      const short socket_events = unsent_.empty() ? POLLIN : POLLIN | POLLOUT;
      std::array<pollfd, 2> waited = {pollfd{socket_.fd(), socket_events, 0},
                                      pollfd{child_signals_.get(), POLLIN, 0}};
      poll(waited.data(), waited.size(), PollMs());
      if (waited[1].revents) DrainSignals();
      Reap();
      if ((waited[0].revents & ~POLLOUT) != 0 && !TakeOrder()) return;
      EndTrees();
      SendReports();
    }
  }

  int PollMs() const {
    int wait_ms = -1;
    for (const auto& [attempt, program] : programs_) {
      if (program.killing) return kKillingPollMs;
      if (program.end) wait_ms = kLingeringPollMs;
    }
    return wait_ms;
  }

  void DrainSignals() {
    signalfd_siginfo facts{};
    while (read(child_signals_.get(), &facts, sizeof facts) > 0) {
    }
  }

  void Reap() {
    for (;;) {
      siginfo_t ended{};
      if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
      const auto delay = RunDelayShare(ended.si_pid);  // gone once it is waited for
      int status = 0;
      rusage usage{};
      wait4(ended.si_pid, &status, 0, &usage);
      for (auto& [attempt, program] : programs_) {
        if (program.pid == ended.si_pid && !program.end) {
          program.end = EndOf(attempt, status, usage);
          program.end->run_delay_share = delay;
        }
      }
    }
  }

  static EndedReport EndOf(std::int64_t attempt, int status, const rusage& usage) {
    EndedReport end;
    end.attempt = attempt;
    if (WIFEXITED(status)) end.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) end.signal = WTERMSIG(status);
    end.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
    end.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;
    return end;
  }

  /// False once the orchestrator is gone.
  bool TakeOrder() {
    auto packet = socket_.Receive();
    if (!packet.ok()) return false;
    const auto order = ParseOrder(packet->text);
    if (!order.ok()) return false;
    if (const auto* start = std::get_if<StartOrder>(&*order)) StartProgram(*start, packet->fds);
    if (const auto* stop = std::get_if<StopOrder>(&*order)) StopProgram(*stop);
    if (const auto* hold = std::get_if<HoldOrder>(&*order)) {
      folder_ = hold->folder;
      if (!packet->fds.empty()) held_ = std::move(packet->fds.front());
    }
    return true;
  }

  /// A command that cannot be executed is to blame itself; for want of processes or descriptors it
  /// is not.
  void ReportNotStarted(std::int64_t attempt, const Status& status) {
    EndedReport end;
    end.attempt = attempt;
    end.error = status.message();
    end.at_fault = status.code() == Code::kInvalidArgument;
    Report(end);
  }

  void StartProgram(const StartOrder& order, const std::vector<UniqueFd>& fds) {
    if (fds.size() != 3) {
      return ReportNotStarted(order.attempt, IoError("cannot be started: too many open files"));
    }
    SpawnRequest request;
    request.command = order.command;
    request.environment = order.environment;
    request.environment[kTreeVariable] = std::to_string(order.attempt);
    request.cpus = order.cpus;
    request.standard_input = fds[0].get();
    request.output = fds[1].get();
    request.events = fds[2].get();
    request.kept_open = held_.get();
    Reach(CrashPoint::kKeeperBeforeSpawn);
    const auto pid = Spawn(request);
    if (!pid.ok()) return ReportNotStarted(order.attempt, pid.status());
    programs_[order.attempt].pid = *pid;
    Reach(CrashPoint::kKeeperAfterSpawn);
    const auto process = ReadProcess(*pid);
    Report(StartedReport{order.attempt, *pid, process ? process->start_ticks : 0});
  }

  void StopProgram(const StopOrder& order) {
    const auto it = programs_.find(order.attempt);
    if (it == programs_.end()) return;
    if (order.signal == SIGKILL) {
      it->second.killing = true;
    } else if (!it->second.end) {
      kill(-it->second.pid, order.signal);
    }
  }

  /// Kills the trees that are to be killed, and reports those of which nothing is left.
  void EndTrees() {
    if (PollMs() < 0) return;
    const auto processes = DescendantsOf(getpid(), ReadProcesses());
    for (auto it = programs_.begin(); it != programs_.end();) {
      const auto& [attempt, program] = *it;
      const auto tree = AliveIn(attempt, program, processes);
      if (program.killing) {
        for (const pid_t pid : tree) kill(pid, SIGKILL);
      }
      if (program.end && tree.empty()) {
        Reach(CrashPoint::kKeeperBeforeReport);
        Report(*program.end);
        it = programs_.erase(it);
      } else {
        ++it;
      }
    }
  }

  /// The processes of an attempt that have not ended: those of its session, those that carry its
  /// mark, and everything below them.
  static std::set<pid_t> AliveIn(std::int64_t attempt, const KeptProgram& program,
                                 const std::vector<ProcessEntry>& processes) {
    const std::string mark = std::to_string(attempt);
    std::set<pid_t> tree, alive;
    for (const ProcessEntry& process : processes) {
      const bool belongs = process.session == program.pid || tree.contains(process.parent) ||
                           EnvironmentOf(process.pid, kTreeVariable) == mark;
      if (!belongs) continue;
      tree.insert(process.pid);
      if (process.state != 'Z' && process.state != 'X') alive.insert(process.pid);
    }
    return alive;
  }

  void Report(const KeeperReport& report) { unsent_.push_back(FormatReport(report)); }

  /// As many as the orchestrator's queue holds: two that waited for one another would wait for
  /// ever.
  void SendReports() {
    while (!unsent_.empty()) {
      const auto sent = socket_.TrySend(unsent_.front());
      if (sent.ok() && !*sent) return;
      unsent_.pop_front();  // sent, or nobody is there any more
      Reach(CrashPoint::kKeeperAfterReport);
    }
  }

  PacketSocket socket_;
  UniqueFd child_signals_;
  UniqueFd held_;
  std::string folder_;  ///< to be removed at the end
  std::deque<std::string> unsent_;
  std::map<std::int64_t, KeptProgram> programs_;
};

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
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE}) signal(number, SIG_IGN);
  const UniqueFd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  dup2(null.get(), STDIN_FILENO);
  dup2(null.get(), STDOUT_FILENO);
}

}  // namespace

Result<KeeperLink> KeeperLink::Start() {
  SF_ASSIGN(auto ends, PacketSocket::MakePair());
  signal(SIGCHLD, SIG_DFL);          // ignored by a parent of ours, it would hide every end
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // should the keeper die, its orphans come to us
  const pid_t pid = fork();
  if (pid < 0) return IoError(fmt::format("cannot fork: {}", std::strerror(errno)));
  if (pid == 0) {
    ends.first = PacketSocket();
    StandApart();
    Keeper(std::move(ends.second), ListenForChildren()).Run();
    _exit(0);
  }
  return KeeperLink(std::move(ends.first), pid);
}

KeeperLink::~KeeperLink() {
  if (pid_ == 0) return;
  socket_ = PacketSocket();
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) KillDescendants(IsOfATree);
}

}  // namespace sweepformer
