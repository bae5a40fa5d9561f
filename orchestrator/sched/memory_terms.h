#pragma once

#include <optional>

#include "orchestrator/sched/planned_work.h"

namespace sweepformer {

/// Terms for a run that ran out of `held` bytes: its limit and its need are `factor` times that,
/// though not over `most`, what the machine has, and not below its limit. Unlimited ones, and those
/// whose factor is 1, stay as they are.
LaunchTerms WithMoreMemory(const LaunchTerms& terms, double held, double factor, double most);

/// Terms for a run of which others, that differ only in the seed, took `peak_bytes`: it is admitted
/// by that, though not by more than its limit or `most`.
LaunchTerms WithKnownPeak(const LaunchTerms& terms, double peak_bytes, double most);

}  // namespace sweepformer
