#pragma once

#include <optional>
#include <string>

#include "orchestrator/sched/resources.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What this machine offers. `slots` is -j; 0: as many runs at once as its cores and memory hold.
ResourcePool ThisMachine(int slots);

/// The first run that asks for more than there is in all and would wait for ever, with what to
/// change; nothing where all fit.
std::optional<std::string> FitProblem(const SweepPlan& plan, const ResourcePool& pool);

}  // namespace sweepformer
