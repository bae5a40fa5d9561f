#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/sched/launcher.h"
#include "orchestrator/sched/plan.h"
#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/overrides.h"
#include "tools/planning/worker_choice.h"

namespace sweepformer {

/// What the command line asks of `plan` and `run`.
struct PlanRequest {
  std::filesystem::path spec;
  Overrides overrides;
  std::filesystem::path data_folder;  ///< empty: none was named
  int threads = 1;                    ///< per run
  std::int64_t most_cells = kMostCells;
};

/// A spec brought to the point where its runs have ids: everything before the store is asked.
struct SweepPlan {
  SweepSpec spec;     ///< with the overrides applied
  bool whole = true;  ///< the command line narrows and replaces nothing
  WorkerChoice worker;
  std::int64_t grid_cells = 0;  ///< points included, before any rule
  std::int64_t cells = 0;
  std::vector<ExclusionCount> exclusions;
  std::int64_t left_out_by_only = 0;
  std::int64_t kept_as_parents = 0;  ///< though --only does not name them
  int twins = 0;                     ///< cells that are the content of an earlier one, and run once
  /// Trainings seed by seed, in each all cells in file order; then probes, round by round, in each
  /// all cells in an order of its own.
  std::vector<PlannedWork> work;
  std::size_t probes = 0;               ///< at the end of `work`
  std::vector<std::string> parameters;  ///< names in the description's or the spec's order
  std::vector<WatchedFile> watched;     ///< what the ids were made from, as it was then
  std::vector<std::string> notes;       ///< what the user should know

  std::vector<std::string> RunIds() const;  ///< of `work`, in its order
};

/// Reads, validates and expands a spec; finds and checks its data. Starts nothing (a worker without
/// a cached description apart) and writes nothing but caches. Errors are InvalidArgument with
/// file:line:col, or NotFound for a spec file or data that are missing.
Result<SweepPlan> MakeSweepPlan(const PlanRequest& request);

/// Says of a run whether it has kept the weights that runs of `plan` may start from. What a foreign
/// worker keeps is its own affair.
std::function<bool(const std::string& run)> WeightsKeptIn(const std::filesystem::path& store,
                                                          const SweepPlan& plan);

}  // namespace sweepformer
