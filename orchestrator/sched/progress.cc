#include "orchestrator/sched/progress.h"

#include <fmt/format.h>

#include <cmath>

namespace sweepformer {
namespace {

/// Three digits, all of them before the point where there are more.
std::string Rate(double per_minute) {
  return per_minute < 1000 ? fmt::format("{:.3g}", per_minute) : fmt::format("{:.0f}", per_minute);
}

}  // namespace

Pace PaceOf(int ended, const PlanCounts& counts, std::int64_t elapsed_ms) {
  if (ended == 0 || elapsed_ms <= 0) return {};
  const double per_ms = static_cast<double>(ended) / static_cast<double>(elapsed_ms);
  const double to_go = counts.left + 0.5 * counts.running;
  Pace pace{per_ms * 60'000, std::nullopt};
  if (to_go > 0) pace.seconds_left = to_go / per_ms / 1000;
  return pace;
}

std::string ProgressLine(const PlanCounts& counts, const Pace& pace) {
  std::string line = fmt::format("{}/{} done", counts.succeeded, counts.total);
  if (counts.running > 0) line += fmt::format(", {} running", counts.running);
  if (counts.failed > 0) line += fmt::format(", {} failed", counts.failed);
  if (counts.aborted > 0) line += fmt::format(", {} aborted", counts.aborted);
  if (counts.left > 0) line += fmt::format(", {} left", counts.left);
  if (pace.runs_per_minute > 0) line += fmt::format(", {} runs/min", Rate(pace.runs_per_minute));
  if (pace.seconds_left) line += ", about " + ShortDuration(*pace.seconds_left) + " to go";
  return line;
}

std::string ShortDuration(double seconds) {
  if (seconds < 1) return fmt::format("{:.0f}ms", seconds * 1000);
  if (seconds < 59.95) return fmt::format("{:.1f}s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{}m {}s", whole / 60, whole % 60);
  return fmt::format("{}h {}m", whole / 3600, whole % 3600 / 60);
}

}  // namespace sweepformer
