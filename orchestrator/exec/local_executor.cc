#include "orchestrator/exec/local_executor.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

Status Failure(std::string_view what) {
  return IoError(fmt::format("{}: {}", what, std::strerror(errno)));
}

/// A descriptor from which `text` is read.
Result<UniqueFd> ReadableText(const std::string& text) {
  if (text.empty()) {
    UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (!null.valid()) return Failure("/dev/null");
    return null;
  }
  UniqueFd fd(memfd_create("sweepformer-request", MFD_CLOEXEC));
  const auto size = static_cast<ssize_t>(text.size());
  if (!fd.valid() || write(fd.get(), text.data(), text.size()) != size ||
      lseek(fd.get(), 0, SEEK_SET) != 0) {
    return Failure("the run request cannot be kept in memory");
  }
  return fd;
}

/// Every library that starts threads is told how many it may have.
void AddThreadLimits(int threads, std::map<std::string, std::string>& environment) {
  for (const char* name : kThreadVariables) {
    environment[name] = std::to_string(threads);
  }
}

/// The beginning of what a worker wrote, fit to be shown.
std::string Excerpt(std::string_view line) {
  constexpr std::size_t kShown = 60;
  std::string text(line.substr(0, kShown));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return line.size() > kShown ? text + "…" : text;
}

UniqueFd ListenForInterrupts() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM}) sigaddset(&set, number);
  struct sigaction hangup {};
  sigaction(SIGHUP, nullptr, &hangup);
  if (hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);  // else we run under nohup
  sigprocmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Result<std::unique_ptr<LocalExecutor>> LocalExecutor::Make(KeeperLink keeper, int lock) {
  SF_ASSIGN(SocketFolder sockets, SocketFolder::Make());
  SF_TRY(keeper.socket().Send(FormatOrder(HoldOrder{sockets.path().string()}),
                              lock >= 0 ? std::vector<int>{lock} : std::vector<int>{}));
  return std::unique_ptr<LocalExecutor>(
      new LocalExecutor(std::move(keeper), std::move(sockets), ListenForInterrupts()));
}

LocalExecutor::LocalExecutor(KeeperLink keeper, SocketFolder sockets, UniqueFd signals)
    : keeper_(std::move(keeper)),
      sockets_(std::move(sockets)),
      signals_(std::move(signals)),
      cpus_(UsableCpus()) {}

Status LocalExecutor::Start(const LaunchRequest& request) {
  auto ways = OpenWays(request);
  const Status launched = ways.ok() ? Launch(request, std::move(*ways)) : ways.status();
  const bool at_fault = launched.code() == Code::kInvalidArgument;
  // What it wants (mostly descriptors) those that run will give back.
  const bool may_wait = !ways.ok() && !running_.empty();
  if (launched.ok() || (!at_fault && !may_wait)) return launched;
  EndedEvent ended;
  ended.attempt = request.attempt;
  ended.error = launched.message();
  ended.at_fault = at_fault;
  events_.emplace_back(std::move(ended));
  return {};
}

fs::path LocalExecutor::SocketOf(std::int64_t attempt) const {
  return sockets_.path() / std::to_string(attempt);
}

Result<LocalExecutor::Ways> LocalExecutor::OpenWays(const LaunchRequest& request) const {
  SF_ASSIGN(EventInlet inlet, EventInlet::Open(SocketOf(request.attempt)));
  SF_ASSIGN(UniqueFd input, ReadableText(request.standard_input));
  SF_ASSIGN(LogPipe log, LogPipe::Open(request.log));
  return Ways{std::move(input), std::move(inlet), std::move(log)};
}

Status LocalExecutor::Launch(const LaunchRequest& request, Ways ways) {
  if (!request.folder.empty()) {
    std::error_code error;
    fs::create_directories(request.folder, error);
    if (error) return IoError(request.folder.string() + ": " + error.message());
  }
  Running running{std::move(ways.inlet), std::move(ways.log)};
  running.cpus = cpus_.Take(std::max(request.threads, request.cpus));
  if (request.timeout_s) {
    running.timeout_ms = static_cast<std::int64_t>(*request.timeout_s * 1000);
    running.deadline_ms = SteadyMs() + kStartPatienceMs + running.timeout_ms;
  }
  running.mem_limit_bytes = request.mem_limit_bytes;
  if (running_.empty()) running.joules = meter_.Joules();
  StartOrder order{request.attempt, request.command,       request.environment,
                   running.cpus,    request.serve_command, request.mem_limit_bytes};
  AddThreadLimits(request.threads, order.environment);
  order.environment[kEventsFdVariable] = std::to_string(kEventsFd);
  order.environment[kEventsSocketVariable] = SocketOf(request.attempt).string();
  const auto& [events, output] = running.kept_open;
  const Status sent =
      keeper_.socket().Send(FormatOrder(order), {ways.input.get(), output.get(), events.get()});
  if (!sent.ok()) {
    cpus_.Give(running.cpus);
    return sent;
  }
  for (auto& [attempt, other] : running_) other.joules.reset();
  running_.emplace(request.attempt, std::move(running));
  return {};
}

void LocalExecutor::Signal(std::int64_t attempt, int signal) const {
  (void)keeper_.socket().Send(FormatOrder(StopOrder{attempt, signal}));
}

void LocalExecutor::AskToEnd(std::int64_t attempt, Running& running, int grace_ms) {
  if (running.kill_ms) return;
  Signal(attempt, SIGTERM);
  running.kill_ms = SteadyMs() + grace_ms;
}

void LocalExecutor::Stop(std::int64_t attempt, StopHow how) {
  const auto it = running_.find(attempt);
  if (it == running_.end()) return;
  it->second.stopped = true;
  it->second.deadline_ms.reset();  // its grace counts from now on
  if (how == StopHow::kKill) {
    Signal(attempt, SIGKILL);
  } else {
    AskToEnd(attempt, it->second, it->second.checkpoints ? kCheckpointGraceMs : kGraceMs);
  }
}

int LocalExecutor::MsToNextDeadline(int timeout_ms) const {
  std::int64_t next = SteadyMs() + timeout_ms;
  for (const auto& [attempt, running] : running_) {
    if (running.deadline_ms && !running.timed_out) next = std::min(next, *running.deadline_ms);
    if (running.kill_ms) next = std::min(next, *running.kill_ms);
  }
  if (told_rested_) next = std::min(next, rested_ms_);
  return static_cast<int>(std::max<std::int64_t>(0, next - SteadyMs()));
}

void LocalExecutor::EnforceDeadlines() {
  const std::int64_t now = SteadyMs();
  for (auto& [attempt, running] : running_) {
    if (running.deadline_ms && now >= *running.deadline_ms && !running.timed_out) {
      running.timed_out = true;
      AskToEnd(attempt, running, kGraceMs);
    }
    if (running.kill_ms && now >= *running.kill_ms) {
      Signal(attempt, SIGKILL);
      running.kill_ms = now + kGraceMs;
    }
  }
}

void LocalExecutor::WaitForDescriptors(int timeout_ms) const {
  std::vector<pollfd> waited = {{keeper_.socket().fd(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  for (const auto& [attempt, running] : running_) {
    for (const int fd : running.inlet.Readable()) waited.push_back({fd, POLLIN, 0});
    waited.push_back({running.log.fd(), POLLIN, 0});
  }
  poll(waited.data(), waited.size(), timeout_ms);
}

void LocalExecutor::TakeSignals() {
  signalfd_siginfo facts{};
  while (read(signals_.get(), &facts, sizeof facts) == sizeof facts) {
    events_.emplace_back(InterruptedEvent{static_cast<int>(facts.ssi_signo)});
  }
}

Status LocalExecutor::TakeReports() {
  while (keeper_.socket().HasPacket()) {
    const auto packet = keeper_.socket().Receive();
    if (!packet.ok()) {
      keeper_.KillLeftBehind();
      return Internal(
          "the keeper process died, and its workers with it; run the same command "
          "again to go on");
    }
    SF_ASSIGN(const auto reports, ParseReports(packet->text));
    for (const KeeperReport& report : reports) TakeReport(report);
  }
  return {};
}

/// Its time counts from now on, unless it was asked to stop before: loading the program that forks
/// it is not its own doing.
void LocalExecutor::TakeStart(const StartedReport& started) {
  events_.emplace_back(AcceptedEvent{started.attempt, started.pid, started.start_ticks});
  const auto it = running_.find(started.attempt);
  if (it == running_.end() || !it->second.deadline_ms) return;
  it->second.deadline_ms = SteadyMs() + it->second.timeout_ms;
}

void LocalExecutor::TakeReport(const KeeperReport& report) {
  if (const auto* started = std::get_if<StartedReport>(&report)) return TakeStart(*started);
  if (const auto* lingering = std::get_if<LingeringReport>(&report)) {
    events_.emplace_back(
        LingeringEvent{lingering->attempt, lingering->pid, Excerpt(lingering->name)});
    return;
  }
  const auto& end = std::get<EndedReport>(report);
  const auto it = running_.find(end.attempt);
  if (it == running_.end()) return;
  Running& running = it->second;
  TakeEvents(end.attempt, running, /*all=*/true);
  TakeLog(end.attempt, running.log.Finish());
  cpus_.Give(running.cpus);
  EndedEvent event = EventOf(end, running);
  running_.erase(it);
  if (IsStarved(event) && running_.empty()) {
    rested_ms_ = 0;
    TellRested();  // of the one before, if there is one
    rested_ms_ = SteadyMs() + kRestMs;
    told_rested_ = std::move(event);
  } else {
    events_.emplace_back(std::move(event));
  }
}

void LocalExecutor::TellRested() {
  if (!told_rested_ || SteadyMs() < rested_ms_) return;
  events_.emplace_back(*std::exchange(told_rested_, std::nullopt));
}

EndedEvent LocalExecutor::EventOf(const EndedReport& end, const Running& running) {
  EndedEvent event;
  event.attempt = end.attempt;
  event.exit_code = end.exit_code;
  event.signal = end.signal;
  event.timed_out = running.timed_out;
  event.stopped = running.stopped;
  event.cpu_seconds = end.cpu_seconds;
  event.peak_rss_bytes = end.peak_rss_bytes;
  event.peak_rss_method = end.peak_rss_method;
  event.run_delay_share = end.run_delay_share;
  event.out_of_memory = end.out_of_memory;
  event.mem_limit_bytes = running.mem_limit_bytes;
  event.peak_cgroup_bytes = end.peak_cgroup_bytes;
  event.peak_watched_bytes = end.peak_watched_bytes;
  if (running.joules) {
    if (const auto joules = meter_.Joules()) event.energy_joules = *joules - *running.joules;
  }
  event.error = end.error;
  event.at_fault = end.at_fault;
  return event;
}

/// Often enough that no counter begins anew unseen.
void LocalExecutor::ReadMeter() {
  constexpr std::int64_t kIntervalMs = 30'000;
  if (SteadyMs() - meter_read_ms_ < kIntervalMs) return;
  meter_read_ms_ = SteadyMs();
  (void)meter_.Joules();
}

void LocalExecutor::TakeEvents(std::int64_t attempt, Running& running, bool all) {
  const auto note = [&](const std::string& what) {
    events_.emplace_back(NotedEvent{attempt, "its event stream held " + what});
  };
  const auto visit = [&](std::string_view line) {
    auto event = ParseEvent(line);
    if (event.ok()) {
      const auto* hello = std::get_if<HelloEvent>(&*event);
      if (hello && hello->checkpoints) running.checkpoints = true;
      events_.emplace_back(ReportedEvent{attempt, std::move(event).value()});
    } else {
      constexpr std::size_t kMost = 300;  // a message may repeat what the worker wrote
      note(fmt::format("{} [{}]", Shortened(event.status().message(), kMost), Excerpt(line)));
    }
  };
  const int dropped = running.inlet.dropped();
  if (all) {
    running.inlet.Finish(visit);
  } else {
    running.inlet.Take(visit);
  }
  if (running.inlet.dropped() > dropped) {
    note(fmt::format("a line of over {} bytes", EventLines::kLongestLine));
  }
}

void LocalExecutor::TakeLog(std::int64_t attempt, const Status& written) {
  if (written.ok()) return;
  events_.emplace_back(NotedEvent{attempt, written.message()});
}

Result<std::vector<ExecutorEvent>> LocalExecutor::Wait(int timeout_ms) {
  if (events_.empty()) WaitForDescriptors(MsToNextDeadline(timeout_ms));
  TakeSignals();
  for (auto& [attempt, running] : running_) {
    TakeEvents(attempt, running, /*all=*/false);
    TakeLog(attempt, running.log.Take());
  }
  SF_TRY(TakeReports());
  TellRested();
  ReadMeter();
  EnforceDeadlines();  // last: what has ended in time has, however late this loop is
  return std::exchange(events_, {});
}

}  // namespace sweepformer
