#pragma once

#include <string>
#include <vector>

#include "results/comparison.h"

namespace sweepformer {

/// What a level of an axis does, next to another level of it.
struct LevelChange {
  std::string axis;
  Value from, to;
};

/// The mean difference between cells that differ in one axis only. A parameter that cells of either
/// level do not have (compression without Linformer) is averaged over.
struct Effect {
  LevelChange change;
  std::size_t metric = 0;
  int pairs = 0;          ///< of cells that differ in the axis only
  bool even = true;       ///< every seed has all of them; else the means are of other pairs
  Difference difference;  ///< by seed, each seed's being the mean over the pairs
  double reference = 0;   ///< mean of the pairs at the level `from`
};

/// How much an effect differs between two levels of another axis.
struct Interaction {
  LevelChange change, other;
  std::size_t metric = 0;
  Difference difference;  ///< the effect at other.to minus that at other.from
};

struct Effects {
  std::string sweep;
  std::vector<MetricSpec> metrics;
  std::vector<Effect> effects;  ///< axis by axis, level by level, metric by metric
  std::vector<Interaction>
      interactions;  ///< distinguishable ones of axes with up to 8 levels, the surest first
  int interactions_tested = 0;       ///< on all metrics; those on one metric are a family
  std::vector<std::string> skipped;  ///< axes without two cells that differ in them only
};

/// The main effect of each axis of a sweep, against its first level in the plan, or the one that
/// `request.baseline` picks. `request.by` is not used. Errors as Compare.
Result<Effects> EffectsOf(const Connection& connection, const ComparisonRequest& request);

}  // namespace sweepformer
