#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/outcome.h"
#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// A metric of a sweep's [goal] and what is wanted of it.
struct SweepGoal {
  std::string metric;
  Goal goal = Goal::kNone;
};

/// A sweep as it was last launched.
struct Sweep {
  std::int64_t key = 0;
  std::string name;
  std::string about;
  std::string worker;
  std::string worker_version;
  std::int64_t last_launched_ms = 0;
  std::vector<SweepGoal> goals;  ///< of [goal], in its order
};

/// Every sweep, the latest launched first.
Result<std::vector<Sweep>> ListSweeps(const Connection& connection);

/// NotFound, with the name that was most likely meant, for one that is not there.
Result<Sweep> FindSweep(const Connection& connection, const std::string& name);

/// Its spec as it was last launched (StoredText); "" where the store has none.
Result<std::string> SpecTextOf(const Connection& connection, const std::string& sweep);

/// Why runs of a sweep failed: the last attempts' words, and how many said the same.
struct FailureReason {
  std::string outcome;
  std::string error;
  std::int64_t runs = 0;
  std::string example;  ///< id of one of them
};

/// How far a sweep is. Counts are of runs in the plan.
struct SweepProgress {
  std::map<RunState, std::int64_t> by_state;
  std::int64_t runs = 0;  ///< probes among them
  std::int64_t probes = 0;
  std::int64_t reused = 0;
  std::int64_t outside_plan = 0;
  std::int64_t cells = 0;
  std::optional<std::int64_t> last_activity_ms;  ///< last start or end of an attempt
  std::vector<FailureReason> failures;           ///< the commonest first

  std::int64_t Count(RunState state) const;
};

Result<SweepProgress> ProgressOf(const Connection& connection, const Sweep& sweep);

}  // namespace sweepformer
