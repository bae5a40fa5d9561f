#pragma once

#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// InvalidArgument if a run of sweepformer-worker would end over its `init`: 'parent' where no
/// [[init_from]] matches, or 'random' where one does. What other workers call `init` is their own
/// affair. Needs `plan.work`.
Status CheckInit(const SweepPlan& plan);

}  // namespace sweepformer
