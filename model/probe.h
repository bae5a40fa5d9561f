#pragma once

#include <vector>

#include "model/run.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// How much a probe measures. Of each kind of work at least `least_steps` are timed, on as many
/// batches, and more until `seconds` are over or `most_steps` are done, always on all of these
/// batches equally often.
struct ProbeOptions {
  int warmup_steps = 5;  ///< of each kind of work, not timed
  int least_steps = 10;
  int most_steps = 1000;
  double seconds = 1.0;
};

/// What a probe reports: speeds (Timings) with their interquartile ranges, peaks of memory, and how
/// undisturbed it was. All names begin with probe_.
std::vector<MetricSpec> ProbeMetrics();

/// Measures how fast a run's configuration is on the run's own data, alone: training steps as the
/// trainer takes them (batch, forward, backward, update), inference in batches as the evaluator's,
/// and one review at a time. Says nothing of quality. Canceled if the observer asked to stop.
/// Weights are drawn, never loaded: their values do not show in the speed, and the seed is the
/// round of the measurement. Every round and design is timed on the same batches. Errors as
/// CarryOut's.
Status CarryOutProbe(const RunInput& input, const ProbeOptions& options, RunObserver& observer);

}  // namespace sweepformer::model
