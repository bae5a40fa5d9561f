#pragma once

#include "orchestrator/core/description.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// Checks that [goal] names metrics: no parameter and no fixed column, and only what `worker`
/// declares (null for a foreign worker, whose metrics show when it runs).
/// InvalidArgument with file:line:col and a suggestion.
Status CheckGoal(const SweepSpec& spec, const WorkerDescription* worker);

}  // namespace sweepformer
