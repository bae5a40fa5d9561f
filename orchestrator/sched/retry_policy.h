#pragma once

#include "orchestrator/core/outcome.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// The state of a run after an attempt ended with `outcome`, it being execution number
/// `attempts_used` of the run. Canceled means by Ctrl-C: the run is wanted again.
RunState NextState(const RetrySpec& retry, Outcome outcome, int attempts_used);

}  // namespace sweepformer
