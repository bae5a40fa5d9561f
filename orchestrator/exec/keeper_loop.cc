#include "orchestrator/exec/keeper_loop.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <limits>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/brand.h"
#include "orchestrator/exec/socket_folder.h"
#include "orchestrator/exec/spawn.h"
#include "orchestrator/exec/tree_memory.h"

namespace sweepformer {
namespace {

/// How often a tree that is being killed, whose memory is limited, or that outlives its program, is
/// looked at. The end of the latter mostly shows in a child that ends.
constexpr int kKillingPollMs = 10;
constexpr int kMemoryPollMs = 50;
constexpr int kLingeringPollMs = 250;

/// Of an error that is reported; more helps nobody, and packets have an end.
constexpr std::size_t kLongestError = 4000;

}  // namespace

void KeeperLoop::Run() {
  Serve();
  KillDescendants([](pid_t) { return true; });
  programs_.clear();
  if (!folder_.empty()) RemoveSocketFolder(folder_);
}

void KeeperLoop::Serve() {
  for (;;) {
    const std::int64_t now_ms = SteadyMs();  // one for both, lest a report come due between
    const short socket_events = reports_.IsDue(now_ms) ? POLLIN | POLLOUT : POLLIN;
    std::array<pollfd, 3> waited = {pollfd{socket_.fd(), socket_events, 0},
                                    pollfd{child_signals_.get(), POLLIN, 0}, pollfd{-1, 0, 0}};
    if (server_) waited[2] = {server_->fd(), server_->events(), 0};
    poll(waited.data(), waited.size(), PollMs(now_ms));
    if (waited[1].revents) DrainSignals();
    Reap();
    if ((waited[0].revents & ~POLLOUT) != 0 && !TakeOrders()) return;
    ExchangeWithServer();
    EndTrees();
    reports_.SendDue(socket_, SteadyMs());
  }
}

int KeeperLoop::PollMs(std::int64_t now_ms) const {
  int wait_ms = -1;
  const auto at_most = [&](int ms) { wait_ms = wait_ms < 0 ? ms : std::min(wait_ms, ms); };
  if (const auto due_in_ms = reports_.MsUntilDue(now_ms)) {
    at_most(static_cast<int>(*due_in_ms) + 1);
  }
  for (const auto& [attempt, program] : programs_) {
    if (program.killing) at_most(kKillingPollMs);
    if (program.mem_limit_bytes) {
      at_most(static_cast<int>(std::clamp<std::int64_t>(weigh_ms_ - now_ms, 1, kMemoryPollMs)));
    }
    if (program.end) at_most(program.unsure_since_ms ? kKillingPollMs : kLingeringPollMs);
  }
  return wait_ms;
}

void KeeperLoop::DrainSignals() {
  signalfd_siginfo facts{};
  while (read(child_signals_.get(), &facts, sizeof facts) > 0) {
  }
}

void KeeperLoop::Reap() {
  while (const pid_t pid = EndedChild()) {
    // What a fork server makes says so before it can end.
    if (server_ && server_->AnyAsked() && !FindProgram(programs_, pid)) ExchangeWithServer();
    // Gone once it is waited for.
    const pid_t session = FindProgram(programs_, pid) ? 0 : SessionOf(pid);
    const ChildEnd how = WaitForChild(pid);
    if (TakeEnd(pid, how)) continue;
    TakeOrphansEnd(pid, session, how);
    if (server_ && server_->AnyAsked()) strays_[pid] = how;
  }
}

/// False if it is neither the server's nor that of a program as far as is known.
bool KeeperLoop::TakeEnd(pid_t pid, const ChildEnd& how) {
  if (server_ && server_->pid() == pid) {
    server_->Reaped();
    return true;
  }
  const auto it = FindLivingProgram(programs_, pid);
  if (it == programs_.end()) return false;
  it->second.TakeEnd(it->first, how);
  return true;
}

/// What a program did not wait for, as when a shell is killed before what it runs, was counted
/// nowhere.
void KeeperLoop::TakeOrphansEnd(pid_t pid, pid_t session, const ChildEnd& how) {
  if (session <= 0 || session == pid) return;
  if (KeptProgram* owner = FindOwnerOfSession(programs_, session)) owner->TakeOrphansEnd(how);
}

/// What has come of orders, which are many when all is stopped: each look takes long. But not so
/// many that what ends waits long for it. False once the orchestrator is gone.
bool KeeperLoop::TakeOrders() {
  constexpr int kMostOrders = 16;
  bool is_there = TakeOrder();
  for (int i = 1; i < kMostOrders && is_there && socket_.HasPacket(); ++i) {
    ExchangeWithServer();  // what is to be started is on its way before it is to be stopped
    is_there = TakeOrder();
  }
  return is_there;
}

bool KeeperLoop::TakeOrder() {
  auto packet = socket_.Receive();
  if (!packet.ok()) return false;
  const auto order = ParseOrder(packet->text);
  if (!order.ok()) return false;
  if (const auto* start = std::get_if<StartOrder>(&*order)) {
    StartProgram(*start, std::move(packet->fds));
  }
  if (const auto* stop = std::get_if<StopOrder>(&*order)) StopProgram(*stop);
  if (const auto* hold = std::get_if<HoldOrder>(&*order)) {
    folder_ = hold->folder;
    if (!packet->fds.empty()) held_ = std::move(packet->fds.front());
  }
  return true;
}

/// A command that cannot be executed is to blame itself; for want of processes or descriptors it
/// is not.
void KeeperLoop::ReportNotStarted(std::int64_t attempt, const Status& status) {
  programs_.erase(attempt);
  EndedReport end;
  end.attempt = attempt;
  end.error = status.message().substr(0, kLongestError);
  end.at_fault = status.code() == Code::kInvalidArgument;
  reports_.Add(std::move(end), SteadyMs());
}

/// The way into a memory cgroup of its own; none where the keeper itself must watch.
UniqueFd KeeperLoop::LimitMemory(std::int64_t attempt, std::int64_t limit_bytes) {
  KeptProgram& program = programs_[attempt];
  program.mem_limit_bytes = limit_bytes;
  auto group = memory_groups_.Make(attempt, limit_bytes);
  if (!group.ok()) return {};
  auto procs = group->OpenProcs();
  if (!procs.ok()) return {};
  program.group.emplace(std::move(*group));
  return std::move(*procs);
}

void KeeperLoop::StartProgram(const StartOrder& order, std::vector<UniqueFd> fds) {
  constexpr std::size_t kFds = 3;
  if (fds.size() != kFds) {
    return ReportNotStarted(order.attempt, IoError("cannot be started: too many open files"));
  }
  TreeSigns& signs = programs_[order.attempt].signs;
  signs.brand = BrandFor(marks_.Of(order.attempt));
  for (const int pipe : {fds[1].get(), fds[2].get()}) {
    if (const auto id = FileIdOf(pipe)) signs.pipes.insert(*id);
  }
  if (order.mem_limit_bytes) {
    UniqueFd procs = LimitMemory(order.attempt, *order.mem_limit_bytes);
    if (procs.valid()) fds.push_back(std::move(procs));
  }
  if (!AskServer(order, fds)) Execute(order, fds);
}

void KeeperLoop::Execute(const StartOrder& order, const std::vector<UniqueFd>& fds) {
  ProcessSetup setup;
  setup.environment = order.environment;
  setup.environment[kTreeVariable] = marks_.Of(order.attempt);
  setup.brand = programs_[order.attempt].signs.brand;
  setup.cpus = order.cpus;
  setup.standard_input = fds[0].get();
  setup.output = fds[1].get();
  setup.events = fds[2].get();
  setup.kept_open = held_.get();
  if (fds.size() > 3) setup.memory_group = fds[3].get();
  Reach(CrashPoint::kKeeperBeforeSpawn);
  const auto pid = Spawn(order.command, setup);
  if (pid.ok()) return Began(order.attempt, *pid);
  if (pid.status().code() == Code::kUnavailable) return EndAsTooLarge(order.attempt);
  ReportNotStarted(order.attempt, pid.status());
}

/// False, and nothing taken, if there is no server for the order.
bool KeeperLoop::AskServer(const StartOrder& order, std::vector<UniqueFd>& fds) {
  if (order.serve_command.empty()) return false;
  if (!server_) server_ = std::make_unique<ForkServer>(order.serve_command, held_.get());
  if (server_->broken() || server_->command() != order.serve_command) return false;
  Reach(CrashPoint::kKeeperBeforeSpawn);
  programs_[order.attempt].forked = true;
  server_->Ask(
      {{order.attempt, order.environment, order.cpus, marks_.Of(order.attempt)}, std::move(fds)});
  asked_[order.attempt] = order;
  return true;
}

void KeeperLoop::ExchangeWithServer() {
  if (!server_) return;
  for (const ServeReply& reply : server_->Exchange()) TakeReply(reply);
  for (const std::int64_t attempt : server_->TakeWithdrawn()) EndAsKilled(attempt);
  for (ServeOrder& order : server_->TakeUnservable()) {
    const std::int64_t attempt = order.request.attempt;
    programs_[attempt].forked = false;
    Execute(asked_[attempt], order.fds);
    asked_.erase(attempt);
  }
  if (!server_->AnyAsked()) strays_.clear();
}

void KeeperLoop::TakeReply(const ServeReply& reply) {
  asked_.erase(reply.attempt);
  const auto it = programs_.find(reply.attempt);
  if (it == programs_.end()) return;
  if (reply.pid <= 0 && !reply.error.empty()) {
    return ReportNotStarted(reply.attempt,
                            reply.at_fault ? InvalidArgument(reply.error) : IoError(reply.error));
  }
  if (!IsNewChild(reply.pid)) {
    KillMarked(reply.attempt);
    return ReportNotStarted(
        reply.attempt, InvalidArgument(fmt::format(
                           "the serving worker says that it has forked process {}, which is none "
                           "that it can have forked (does it have process numbers of its own?)",
                           reply.pid)));
  }
  const auto pid = static_cast<pid_t>(reply.pid);
  Began(reply.attempt, pid);
  if (IsLivingChild(pid)) strays_.erase(pid);  // the number's last owner's
  if (const auto stray = strays_.find(pid); stray != strays_.end()) TakeEnd(pid, stray->second);
}

/// Whether a server can have forked the process of that number: signals will be sent to it, and its
/// end waited for.
bool KeeperLoop::IsNewChild(std::int64_t number) const {
  if (number <= 1 || number > std::numeric_limits<pid_t>::max()) return false;
  const auto pid = static_cast<pid_t>(number);
  const KeptProgram* other = FindProgram(programs_, pid);
  if ((other && !other->end) || (server_ && server_->pid() == pid)) return false;
  return strays_.contains(pid) || BecomesChild(pid);
}

/// What has been made for an attempt that is not known to run is not to run unseen.
void KeeperLoop::KillMarked(std::int64_t attempt) const {
  const std::string mark = marks_.Of(attempt);
  constexpr int kTries = 20;  // it may be forking
  bool any = true;
  for (int i = 0; any && i < kTries; ++i) {
    any = false;
    for (const ProcessEntry& process : DescendantsOf(getpid(), ReadProcesses())) {
      const bool is_marked = EnvironmentOf(process.pid, kTreeVariable) == mark;
      any = (is_marked && KillHard(process.pid)) || any;
    }
  }
}

/// There was no process to be killed.
void KeeperLoop::EndAsKilled(std::int64_t attempt) {
  asked_.erase(attempt);
  EndedReport end;
  end.attempt = attempt;
  end.signal = SIGKILL;
  programs_[attempt].end = std::move(end);
}

/// Its limit does not hold even the beginning of its program.
void KeeperLoop::EndAsTooLarge(std::int64_t attempt) {
  programs_[attempt].out_of_memory = true;
  EndAsKilled(attempt);
}

void KeeperLoop::Began(std::int64_t attempt, pid_t pid) {
  KeptProgram& program = programs_[attempt];
  program.signs.pid = pid;
  Reach(CrashPoint::kKeeperAfterSpawn);
  const auto process = ReadProcess(pid);
  reports_.Add(StartedReport{attempt, pid, process ? process->start_ticks : 0}, SteadyMs());
  if (program.signal != 0) program.Send(program.signal);
}

void KeeperLoop::StopProgram(const StopOrder& order) {
  const auto it = programs_.find(order.attempt);
  if (it == programs_.end()) return;
  KeptProgram& program = it->second;
  TakeKin(program);
  if (order.signal == SIGKILL) return Kill(order.attempt, program);
  program.Send(order.signal);
}

/// A signal may end what links a process to its program where neither its session nor its
/// environment does. What stops one often stops all: one look at /proc has to do for many, lest the
/// last of them is told so late that it has no time left.
void KeeperLoop::TakeKin(KeptProgram& program) {
  if (program.signs.pid == 0 || program.end || program.signs.kin) return;
  constexpr std::int64_t kFreshMs = 100;
  const bool is_younger = std::ranges::none_of(
      below_, [&](const ProcessEntry& one) { return one.pid == program.signs.pid; });
  if (is_younger || SteadyMs() - below_ms_ > kFreshMs) {
    below_ = DescendantsOf(getpid(), ReadProcesses());
    below_ms_ = SteadyMs();
  }
  program.signs.kin = KinOf(program.signs.pid, below_);
}

/// From now on whatever is found of its tree is killed.
void KeeperLoop::Kill(std::int64_t attempt, KeptProgram& program) {
  program.killing = true;
  if (program.signs.pid == 0 && server_ && server_->Withdraw(attempt)) EndAsKilled(attempt);
}

bool KeeperLoop::HasStranger() const {
  const auto children = ReadChildren();
  return !children || AnyStranger(*children, programs_, server_ ? server_->pid() : 0);
}

/// At all that may be an attempt's: the fork server is nobody's.
TreeLook KeeperLoop::TakeLook() const {
  std::vector<ProcessEntry> below = DescendantsOf(getpid(), ReadProcesses());
  if (server_) {
    std::erase_if(below, [&](const ProcessEntry& one) { return one.pid == server_->pid(); });
  }
  TreeLook look(getpid(), std::move(below), marks_);
  for (const auto& [attempt, program] : programs_) {
    if (program.signs.pid != 0) {
      look.AddProgram(attempt, program.signs.pid, program.end.has_value());
    }
  }
  return look;
}

/// Kills the trees that are to be killed, and reports those of which nothing is left.
void KeeperLoop::EndTrees() {
  std::optional<TreeLook> look;  // taken only if need be: it takes long
  std::optional<bool> any_stranger;
  const std::int64_t now_ms = SteadyMs();
  const bool weighs = now_ms >= weigh_ms_;
  if (weighs) weigh_ms_ = now_ms + kMemoryPollMs;
  for (auto it = programs_.begin(); it != programs_.end();) {
    auto& [attempt, program] = *it;
    program.AskGroup();
    if (!program.NeedsLook(weighs)) {
      ++it;
      continue;
    }
    AttemptTree tree;
    if (program.end && !any_stranger) any_stranger = HasStranger();
    if (!program.end || *any_stranger) {
      if (!look) look.emplace(TakeLook());
      tree = look->TreeOf(attempt, program.signs);
    }
    if (program.IsWatched()) program.TakeMemory(MemoryOf(tree.alive, *program.mem_limit_bytes));
    if (program.killing) {
      std::erase_if(tree.alive, [](pid_t pid) { return !KillHard(pid); });
    }
    if (const auto pid = program.TakeLingering(tree, now_ms)) {
      reports_.Add(LingeringReport{attempt, *pid, NameOf(*pid)}, now_ms);
    }
    const bool is_gone = !program.MayBeMissed(tree, now_ms) && tree.alive.empty();
    if (program.end && is_gone) {
      Reach(CrashPoint::kKeeperBeforeReport);
      reports_.Add(program.WholeEnd(), SteadyMs());
      it = programs_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace sweepformer
