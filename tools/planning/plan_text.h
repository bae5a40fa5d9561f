#pragma once

#include <ostream>
#include <string>

#include "tools/planning/standing.h"

namespace sweepformer {

/// Where nothing is to be broken: a text that is searched rather than looked at.
inline constexpr std::size_t kEndlessColumns = 1'000'000;

/// The plan as a person reads it: axes, what each rule dropped and why, runs, what is left to do,
/// how long that takes and what the seeds can tell. No line is broken that has no blank to break at
/// within `columns`.
std::string PlanText(const SweepPlan& plan, const PlanStanding& standing, std::size_t columns);

/// A row per cell: the parameters that vary, its label, its runs that are done, and its limits
/// where they differ from cell to cell. Written row by row.
void WriteCellTable(const SweepPlan& plan, const PlanStanding& standing, std::ostream& out);

}  // namespace sweepformer
