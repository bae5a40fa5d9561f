#include "orchestrator/exec/child_end.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::optional<double> RunDelayShare(pid_t pid) {
  const auto text = ReadFile(fmt::format("/proc/{}/schedstat", pid));
  double run_ns = 0, delay_ns = 0;
  if (!text.ok() || std::sscanf(text->c_str(), "%lf %lf", &run_ns, &delay_ns) != 2) return {};
  if (run_ns + delay_ns <= 0) return {};
  return delay_ns / (run_ns + delay_ns);
}

}  // namespace

std::optional<int> ChildEnd::exit_code() const {
  if (!WIFEXITED(status)) return std::nullopt;
  return WEXITSTATUS(status);
}

std::optional<int> ChildEnd::signal() const {
  if (!WIFSIGNALED(status)) return std::nullopt;
  return WTERMSIG(status);
}

double ChildEnd::cpu_seconds() const { return Seconds(usage.ru_utime) + Seconds(usage.ru_stime); }

std::int64_t ChildEnd::peak_rss_bytes() const { return std::int64_t{usage.ru_maxrss} * 1024; }

pid_t EndedChild() {
  siginfo_t ended{};
  if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0) return 0;
  return ended.si_pid;
}

ChildEnd WaitForChild(pid_t pid) {
  ChildEnd end;
  end.run_delay_share = RunDelayShare(pid);
  wait4(pid, &end.status, 0, &end.usage);
  return end;
}

}  // namespace sweepformer
