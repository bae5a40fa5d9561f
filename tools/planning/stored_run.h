#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/sched/planned_work.h"
#include "results/run_record.h"
#include "tools/planning/worker_choice.h"

namespace sweepformer {

/// A run of the store as it can be carried out again.
struct StoredRun {
  PlannedWork work;
  WorkerChoice worker;
  std::vector<std::string> parameters;  ///< names, as of its plan
  RetrySpec retry;
  int threads = 1;
};

/// Makes of `run` what was once planned: its content from the store, worker, limits and [retry]
/// from the sweep that named it last. `threads`: as many as its last attempt had, unless given.
/// InvalidArgument if what would run is not what the run's id says: another version of the worker,
/// other data.
Result<StoredRun> ReadStoredRun(const Connection& connection, const RunRecord& run,
                                const std::filesystem::path& data_folder,
                                std::optional<int> threads);

}  // namespace sweepformer
