#pragma once

#include <memory>
#include <string>

#include "orchestrator/core/run_config.h"
#include "orchestrator/sched/resources.h"

namespace sweepformer {

/// On what terms runs are launched; runs that agree share it.
struct LaunchTerms {
  std::string label;  ///< of a [[point]], or empty
  Limits limits;
  Resources need;
};

/// A run of the plan with what its launch needs.
struct PlannedWork {
  RunConfig config;
  std::shared_ptr<const LaunchTerms> terms;
  bool keep_weights = false;  ///< another run of the plan starts from this one
  bool alone = false;         ///< nothing else of the plan runs beside it
  bool has_result = false;    ///< it had succeeded: run once more for its weights alone
};

}  // namespace sweepformer
