#pragma once

#include <optional>

#include "orchestrator/sched/planned_work.h"

namespace sweepformer {

/// Terms for a run that ran out of memory: its limit and its need are `factor` times what its limit
/// was, though not over `most`, what the machine has. Unlimited ones stay as they are.
LaunchTerms WithMoreMemory(const LaunchTerms& terms, double factor, double most);

/// Terms for a run of which others, that differ only in the seed, took `peak_bytes`: it is admitted
/// by that, though not by more than its limit or `most`.
LaunchTerms WithKnownPeak(const LaunchTerms& terms, double peak_bytes, double most);

}  // namespace sweepformer
