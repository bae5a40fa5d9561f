#pragma once

#include <ostream>

#include "tools/planning/standing.h"

namespace sweepformer {

/// What else is written of a plan.
enum class PlanDetail { kRuns, kRunsAndCells };

/// The plan for scripts (PLAN_JSON.md): one JSON object with every run in order, written run by
/// run.
void WritePlanJson(const SweepPlan& plan, const PlanStanding& standing, PlanDetail detail,
                   std::ostream& out);

}  // namespace sweepformer
