#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "orchestrator/sched/plan.h"

namespace sweepformer {

/// How fast this launch goes.
struct Pace {
  double runs_per_minute = 0;
  std::optional<double> seconds_left;  ///< none until a run has ended, or with none left
};

/// The pace of `ended` runs in `elapsed_ms`, with the rest of `counts` to go (running ones count as
/// half done).
Pace PaceOf(int ended, const PlanCounts& counts, std::int64_t elapsed_ms);

/// "7/24 done, 2 running, 1 failed, 14 left, 3.2 runs/min, about 4m 20s to go"; reused runs count
/// as done.
std::string ProgressLine(const PlanCounts& counts, const Pace& pace);

/// "3h 5m", "4m 20s", "12.3s", "85ms".
std::string ShortDuration(double seconds);

}  // namespace sweepformer
