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

/// What the effects on a metric are. Of what is measured in time or bytes they are ratios, if all
/// figures are positive: cells of unequal size then count alike.
enum class EffectScale { kDifference, kRatio };

/// "difference" or "ratio". Written; append only.
const char* EffectScaleWord(EffectScale scale);

/// The mean difference between cells that differ in one axis only, of logarithms where the metric's
/// scale is kRatio. A parameter that cells of either level do not have (compression without
/// Linformer) is averaged over.
struct Effect {
  LevelChange change;
  std::size_t metric = 0;
  int pairs = 0;          ///< of cells that differ in the axis only
  bool even = true;       ///< every seed has all of them; else the means are of other pairs
  Difference difference;  ///< by seed, each seed's being the mean over the pairs
  double reference = 0;   ///< mean of the pairs at the level `from`; geometric of kRatio
};

/// How much an effect differs between two levels of another axis.
struct Interaction {
  LevelChange change, other;
  std::size_t metric = 0;
  Difference difference;  ///< the effect at other.to minus that at other.from; of logarithms too
};

struct Effects {
  std::string sweep;
  std::vector<MetricSpec> metrics;
  std::vector<EffectScale> scales;  ///< as metrics
  std::vector<Effect> effects;      ///< axis by axis, level by level, metric by metric
  std::vector<Interaction>
      interactions;  ///< distinguishable ones of axes with up to 8 levels, the surest first
  int interactions_tested = 0;       ///< on all metrics; those on one metric are a family
  std::vector<std::string> skipped;  ///< axes without two cells that differ in them only
};

/// A ratio, from the difference of its logarithms.
struct Ratio {
  double mean = 1;  ///< geometric
  std::optional<Interval> interval;
};
std::optional<Ratio> RatioOf(const Difference& of_logarithms);

/// The main effect of each axis of a sweep, against its first level in the plan, or the one that
/// `request.baseline` picks. `request.by` is not used. Errors as Compare.
Result<Effects> EffectsOf(const Connection& connection, const ComparisonRequest& request);

}  // namespace sweepformer
