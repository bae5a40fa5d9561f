#pragma once

#include <string>
#include <vector>

#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What the user of `plan` should know though nothing is wrong: sections and parameters without an
/// effect, values from the command line that reach no cell, and, in a whole plan, those of [base]
/// that reach none and rules that match none.
Result<std::vector<std::string>> NotesOn(const SweepPlan& plan, const Expansion& expansion);

}  // namespace sweepformer
