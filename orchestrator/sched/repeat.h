#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/sched/attempt_record.h"

namespace sweepformer {

/// How something was carried out that no plan and no store knows of.
struct RepeatReport {
  std::string outcome_error;  ///< why it did not complete, or empty
  AttemptRecord record;
  std::string provenance_json;
  std::optional<int> interrupted_by;

  bool completed() const { return outcome_error.empty(); }
};

/// Carries out `request` alone and waits for its end. An interrupt asks it to end, a second one
/// kills it. A failure is trouble of the executor.
Result<RepeatReport> CarryOutApart(Executor& executor, const LaunchRequest& request,
                                   Expectation expected);

}  // namespace sweepformer
