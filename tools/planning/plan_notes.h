#pragma once

#include <string>
#include <vector>

#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What the user of `plan` should know though nothing is wrong: sections, limits and parameters
/// without an effect, and, in a whole plan, rules that match no cell.
Result<std::vector<std::string>> NotesOn(const SweepPlan& plan, const std::vector<IdleRule>& idle);

}  // namespace sweepformer
