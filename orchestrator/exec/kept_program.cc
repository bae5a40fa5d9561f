#include "orchestrator/exec/kept_program.h"

#include <algorithm>
#include <csignal>

namespace sweepformer {

bool KeptProgram::MayBeMissed(const AttemptTree& tree, std::int64_t now_ms) {
  if (!tree.unsure || !tree.alive.empty()) {
    unsure_since_ms = 0;
    return false;
  }
  if (unsure_since_ms == 0) unsure_since_ms = now_ms;
  return now_ms - unsure_since_ms < kLongestUnsureMs;
}

std::optional<pid_t> KeptProgram::TakeLingering(const AttemptTree& tree, std::int64_t now_ms) {
  if (!end || killing || told_lingering || tree.alive.empty()) return std::nullopt;
  if (lingers_since_ms == 0) lingers_since_ms = now_ms;
  if (now_ms - lingers_since_ms < kLingeringMs) return std::nullopt;
  told_lingering = true;
  return *tree.alive.begin();
}

void KeptProgram::Send(int number) {
  if (signs.pid == 0) {
    signal = number;
    return;
  }
  if (end || signs.pid <= 1) return;  // to kill, -1 is everybody
  if (kill(-signs.pid, number) != 0) kill(signs.pid, number);
}

void KeptProgram::TakeMemory(std::int64_t held_bytes) {
  peak_watched_bytes = std::max(peak_watched_bytes, held_bytes);
  if (held_bytes <= *mem_limit_bytes) return;
  out_of_memory = true;
  killing = true;
}

void KeptProgram::AskGroup() {
  if (!group || out_of_memory) return;
  out_of_memory = group->OutOfMemory();
  killing = killing || out_of_memory;
}

void KeptProgram::TakeEnd(std::int64_t attempt, const ChildEnd& how) {
  end.emplace();
  end->attempt = attempt;
  end->exit_code = how.exit_code();
  end->signal = how.signal();
  end->cpu_seconds = how.cpu_seconds();
  // Of a process that was not executed this is its own VmHWM (and that of children it waited for).
  end->peak_rss_bytes = how.peak_rss_bytes();
  end->peak_rss_method = forked ? "vmhwm" : "wait4";
  end->run_delay_share = how.run_delay_share;
}

void KeptProgram::TakeOrphansEnd(const ChildEnd& how) {
  orphans_cpu_seconds += how.cpu_seconds();
  orphans_peak_bytes = std::max(orphans_peak_bytes, how.peak_rss_bytes());
}

EndedReport KeptProgram::WholeEnd() const {
  EndedReport whole = *end;
  whole.out_of_memory = out_of_memory;
  whole.peak_watched_bytes = peak_watched_bytes;
  whole.cpu_seconds += orphans_cpu_seconds;
  whole.peak_rss_bytes = std::max(whole.peak_rss_bytes, orphans_peak_bytes);
  if (group) whole.peak_cgroup_bytes = group->PeakBytes();
  return whole;
}

const KeptProgram* FindProgram(const KeptPrograms& programs, pid_t pid) {
  for (const auto& [attempt, program] : programs) {
    if (program.signs.pid == pid) return &program;
  }
  return nullptr;
}

KeptPrograms::iterator FindLivingProgram(KeptPrograms& programs, pid_t pid) {
  return std::find_if(programs.begin(), programs.end(), [&](const auto& entry) {
    return entry.second.signs.pid == pid && !entry.second.end;
  });
}

KeptProgram* FindOwnerOfSession(KeptPrograms& programs, pid_t session) {
  KeptProgram* owner = nullptr;
  for (auto& [attempt, program] : programs) {
    if (program.signs.pid == session && (!owner || owner->end)) owner = &program;
  }
  return owner;
}

bool AnyStranger(const std::vector<pid_t>& children, const KeptPrograms& programs, pid_t server) {
  return std::any_of(children.begin(), children.end(), [&](pid_t pid) {
    if (pid == server) return false;
    const KeptProgram* program = FindProgram(programs, pid);
    return !program || program->end;
  });
}

}  // namespace sweepformer
