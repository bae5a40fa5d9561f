#pragma once

#include <optional>
#include <string>

#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// Why the program of a foreign worker cannot be started here, with file:line:col and what to type,
/// or nothing. One whose name is a placeholder is not known before its run.
std::optional<std::string> ProgramProblem(const SweepPlan& plan);

}  // namespace sweepformer
