#pragma once

#include <string>

#include "orchestrator/core/run_config.h"
#include "orchestrator/sched/resources.h"

namespace sweepformer {

/// A run of the plan with what its launch needs.
struct PlannedWork {
  RunConfig config;
  std::string label;
  Limits limits;
  Resources need;
  bool keep_weights = false;  ///< another run of the plan starts from this one
};

}  // namespace sweepformer
