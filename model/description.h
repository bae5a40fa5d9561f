#pragma once

#include <vector>

#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// Raised by hand whenever a run of the same parameters and seed gives other numbers than before:
/// it is part of every run's id. Stored; never goes back.
inline constexpr int kModelVersion = 12;

/// Every parameter a run may have: those of datasets/, of the model and of training.
std::vector<ParameterSpec> RunParameters();

/// Every final metric a run reports, in the order they are shown to users.
std::vector<MetricSpec> RunMetrics();

/// What the worker says of itself; the build id is the caller's to fill in.
WorkerDescription Describe();

}  // namespace sweepformer::model
