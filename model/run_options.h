#pragma once

#include "model/model_options.h"
#include "model/trainer.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::model {

/// A run's parameters, read and checked.
struct RunOptions {
  Parameters resolved;  ///< defaults filled in, inactive ones absent; what datasets/ reads too
  ModelOptions model;
  TrainingOptions training;  ///< but for the seed
};

/// Errors as ResolveParameters.
Result<RunOptions> ReadRunOptions(const Parameters& parameters);

}  // namespace sweepformer::model
