#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>

#include "orchestrator/sched/resources.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// "NAME=COUNT", one of --resource each. InvalidArgument with what to type instead.
Result<Resources> ParseResources(std::span<const std::string> given);

/// What this machine offers, within the limits of a container. `slots` is -j; 0: as many runs at
/// once as its cores and memory hold. GPUs are those of the NVIDIA driver, unless `named` says.
ResourcePool ThisMachine(int slots, Resources named = {});

/// The first run that asks for more than there is in all and would wait for ever, with what to
/// change; nothing where all fit. Runs in `settled`, by id, are not started and ask for nothing.
std::optional<std::string> FitProblem(const SweepPlan& plan, const ResourcePool& pool,
                                      const std::set<std::string>& settled = {});

}  // namespace sweepformer
