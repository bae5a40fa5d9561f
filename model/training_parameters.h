#pragma once

#include <vector>

#include "model/parameter_reader.h"
#include "model/trainer.h"
#include "orchestrator/core/description.h"

namespace sweepformer::model {

/// What of a run's parameters decides how it is trained and where.
std::vector<ParameterSpec> TrainingParameters();

/// All but the seed. What does not fit is noted in the reader, also a device that is not there.
TrainingOptions ReadTrainingOptions(ParameterReader& reader);

}  // namespace sweepformer::model
