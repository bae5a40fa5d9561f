#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tools/planning/standing.h"

namespace sweepformer {

/// A cell of the plan and how far its runs are.
struct PlanCell {
  std::size_t first_run = 0;  ///< the place in plan.work of its first run, which stands for it
  int runs = 0;
  int succeeded = 0;
  int failed = 0;
};

/// In the order of the plan.
std::vector<PlanCell> CellsOf(const SweepPlan& plan, const PlanStanding& standing);

/// Limits by name, as a person reads them: {"mem", "2 GiB"}, {"timeout", "20 min"}.
std::map<std::string, std::string> LimitTexts(const Limits& limits);

}  // namespace sweepformer
