#pragma once

#include <string>

#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What a store has of a plan.
struct PlanStanding {
  std::string store;  ///< the file
  bool exists = false;
  PlanCounts counts;
};

/// The plan as a person reads it: axes, what each rule dropped and why, runs and what is left to
/// do.
std::string PlanText(const SweepPlan& plan, const PlanStanding& standing);

/// The same for scripts, with every run in order; "version" is 1.
std::string PlanJson(const SweepPlan& plan, const PlanStanding& standing);

/// One line per cell: its label and the parameters that differ between cells.
std::string CellList(const SweepPlan& plan);

}  // namespace sweepformer
