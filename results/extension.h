#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// What launching a plan would make of a sweep that the store has already. Counts are of runs.
struct SweepExtension {
  std::int64_t in_plan = 0;    ///< of the sweep as it was last launched
  std::int64_t succeeded = 0;  ///< of these
  std::int64_t added = 0;      ///< of the plan, that the sweep did not have
  std::int64_t returning = 0;  ///< of the plan, that an earlier edit had taken out of it
  std::int64_t leaving = 0;    ///< in_plan so far, that the plan does not name
  std::int64_t outside = 0;    ///< out of the plan since an earlier edit, and still
};

/// Nothing if the store has no sweep of this name. `runs` are the ids of a plan.
Result<std::optional<SweepExtension>> ExtensionOf(const Connection& connection,
                                                  const std::string& sweep,
                                                  std::span<const std::string> runs);

}  // namespace sweepformer
