#pragma once

#include <optional>
#include <set>
#include <string>

#include "orchestrator/sched/resources.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What this machine offers. `slots` is -j; 0: as many runs at once as its cores and memory hold.
ResourcePool ThisMachine(int slots);

/// The first run that asks for more than there is in all and would wait for ever, with what to
/// change; nothing where all fit. Runs in `settled`, by id, are not started and ask for nothing.
std::optional<std::string> FitProblem(const SweepPlan& plan, const ResourcePool& pool,
                                      const std::set<std::string>& settled = {});

}  // namespace sweepformer
