#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "results/extension.h"
#include "results/seed_noise.h"
#include "tools/planning/estimate.h"
#include "tools/planning/sweep_plan.h"

namespace sweepformer {

/// What a plan's seeds can tell.
struct Detectable {
  std::string metric;  ///< the first of [goal], else test_accuracy; or empty
  std::string unit;    ///< of the metric, as its worker declares it
  int seeds = 0;
  std::optional<double> shift;     ///< DetectableShift(seeds)
  std::optional<SeedNoise> noise;  ///< seen so far in the plan's cells

  /// In the metric's own unit.
  std::optional<double> difference() const;
};

/// What a store has of a plan, and what follows from it.
struct PlanStanding {
  std::string store;  ///< the file
  bool exists = false;
  std::vector<RunState> states;  ///< of plan.work
  PlanCounts counts;
  int for_weights = 0;  ///< of those left: they had succeeded, others start from them
  std::optional<std::string> name_clash;  ///< why the store cannot take the plan's names, in words
  bool orchestrator_gone = false;         ///< then what is `running` was lost, and runs again
  std::optional<SweepExtension> sweep;
  std::optional<PlanEstimate> estimate;
  std::optional<PeakEstimate> peak;
  std::optional<Detectable> detectable;  ///< none for a single cell, which has no other to differ
};

/// Reads what `store` has of the plan; a file that is not there yet has nothing. `pool` and `host`
/// are of the machine that would carry it out.
Result<PlanStanding> StandingOf(const SweepPlan& plan, const std::filesystem::path& store,
                                const ResourcePool& pool, const std::string& host);

}  // namespace sweepformer
