#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <thread>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/sched/scheduler.h"

namespace sweepformer {
namespace {

/// A process that does not die of SIGKILL in this time waits for a disk or is not ours.
constexpr int kPatienceMs = 2000;

/// Kills a worker that outlived its orchestrator and its session, which it may not have made its
/// own yet, and waits until all are gone.
void KillLeftover(const OpenAttempt& attempt) {
  const auto pid = static_cast<pid_t>(attempt.pid);
  if (pid <= 1 || pid == getsid(0)) return;
  const auto leader = ReadProcess(pid);
  if (leader && leader->start_ticks != attempt.process_start)
    return;  // its number is another's now
  const std::int64_t deadline = SteadyMs() + kPatienceMs;
  while (SteadyMs() < deadline) {
    bool any_alive = false;
    for (const ProcessEntry& process : ReadProcesses()) {
      const bool is_leader = process.pid == pid && process.start_ticks == attempt.process_start;
      if (process.state == 'Z' || (process.session != pid && !is_leader)) continue;
      any_alive = true;
      kill(process.pid, SIGKILL);
    }
    if (!any_alive) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

std::string HostName() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

Result<int> RecoverLostAttempts(ResultStore& store) {
  SF_ASSIGN(const std::vector<OpenAttempt> open, store.OpenAttempts());
  const std::string host = HostName(), boot_id = BootId();
  // Not now: nothing ran between its death and this launch.
  const std::int64_t written_ms = store.written_before_ms(), now_ms = WallMs();
  const std::int64_t died_ms = written_ms > 0 ? std::min(written_ms, now_ms) : now_ms;
  for (const OpenAttempt& attempt : open) {
    if (attempt.host == host && attempt.boot_id == boot_id) KillLeftover(attempt);
    Reach(CrashPoint::kInRecovery);
    AttemptEnd end;
    end.key = attempt.key;
    end.outcome = Outcome::kLost;
    end.next_state = RunState::kPending;
    end.counts = false;
    end.ended_ms = died_ms;
    end.error = attempt.pid == 0 ? "the orchestrator died before it was known to run"
                                 : "the orchestrator died while it ran";
    SF_TRY(store.FinishAttempt(end).status());
    Reach(CrashPoint::kAfterRecovery);
  }
  return static_cast<int>(open.size());
}

}  // namespace sweepformer
