#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"
#include "results/statistics/intervals.h"
#include "results/statistics/spread.h"
#include "results/warning.h"

namespace sweepformer {

/// What is asked of a comparison.
struct ComparisonRequest {
  std::string sweep = {};
  std::vector<std::string> by = {};          ///< parameters; empty: those that vary
  std::vector<std::string> metrics = {};     ///< empty: those of the sweep's [goal]
  std::optional<std::string> baseline = {};  ///< SQL over the parameters
  std::optional<std::string> where = {};     ///< SQL over the parameters; only these runs count
  std::vector<std::string> derived = {};  ///< parameters that follow from others ([let]): no axes
};

/// What the differences to a baseline allow to say. Written as VerdictText has it; append only.
enum class DifferenceVerdict {
  kBetter,
  kWorse,
  kHigher,  ///< distinguishable, of a metric without a goal
  kLower,
  kEqual,               ///< to the last bit, in every pair
  kNotDistinguishable,  ///< with these seeds
  kTooFewSeeds,         ///< no result of so few seeds could tell
  kNotFinite,           ///< a figure is infinite, and so is the difference, or NaN
};

/// What is held to be the level of a test, and of what intervals leave out.
inline constexpr double kAlpha = 0.05;

/// The metric that says which share of what a machine can do a run reached, where its worker
/// reports it.
inline constexpr const char* kRooflineMetric = "train_roofline_share";

/// What the test items say of a difference in test_accuracy.
struct ItemTest {
  enum class Method { kTwoLevelBootstrap, kMcNemar };
  Method method = Method::kMcNemar;
  double difference = 0;             ///< of the shares of items that are right
  std::optional<Interval> interval;  ///< 95 %, over seeds and items; none of McNemar's
  double p = 1;                      ///< McNemar's is of two runs, not of two designs
  std::int64_t items = 0;
};

/// How far a group is from its baseline, in one metric.
struct Difference {
  bool paired = true;  ///< by seed: n pairs; else n is the smaller of the two groups' numbers
  int n = 0;
  bool finite = true;                ///< every figure on either side is
  std::optional<double> mean;        ///< group minus baseline
  std::optional<double> sd;          ///< of the pairs' differences
  std::optional<Interval> interval;  ///< 95 %: Student t over the pairs, or Welch
  std::optional<double> p_paired_t, p_sign_flip, p_welch;
  /// In the place of p_paired_t and p_welch where nothing varies though it might: of the sign flip,
  /// or of regrouping.
  std::optional<double> p_exact;
  std::optional<double> p_holm;  ///< of p(), among the metric's differences
  DifferenceVerdict verdict = DifferenceVerdict::kTooFewSeeds;  ///< by p_holm
  DifferenceVerdict verdict_unadjusted =
      DifferenceVerdict::kTooFewSeeds;  ///< by the p it was made from
  std::optional<ItemTest> items;        ///< see AddItemTests

  /// The p that p_holm is made from.
  std::optional<double> p() const { return p_exact ? p_exact : paired ? p_paired_t : p_welch; }
};

/// One metric of one group.
struct ComparedFigure {
  Spread spread;
  std::optional<Interval> interval;       ///< of the mean over seeds, 95 %
  std::optional<double> iqm;              ///< interquartile mean
  std::optional<Interval> test_interval;  ///< Wilson, 95 %, of a share of test items
  int nan = 0;                            ///< succeeded runs whose figure is NaN; not in the spread
  BySeed values;
  std::optional<Difference> difference;  ///< to the baseline
};

/// The runs that share the values of the --by parameters.
struct ComparedGroup {
  std::vector<Value> by;
  int cells = 0;
  std::string cell;            ///< its id, if it is the only one
  std::set<std::string> data;  ///< fingerprints of what its runs read
  int runs = 0;                ///< in the plan
  int succeeded = 0;
  int seeds = 0;  ///< distinct ones among the succeeded runs
  bool is_baseline = false;
  std::optional<std::size_t> baseline;   ///< place of the group it is held against
  std::vector<ComparedFigure> figures;   ///< as Comparison::metrics
  std::optional<double> roofline_share;  ///< mean of kRooflineMetric
};

/// A comparison, computed but not yet written (answer.h).
struct Comparison {
  std::string sweep;
  std::vector<std::string> by;
  std::vector<MetricSpec> metrics;  ///< their goals are the sweep's where its [goal] names them
  std::optional<std::string> baseline;
  /// Where the rule picks several groups, a group is held against the one with equal values of
  /// these parameters.
  std::vector<std::string> matched_by;
  std::vector<ComparedGroup> groups;  ///< sorted: numbers as such, text as in the plan, NULL first
  Warnings warnings;
};

/// Only succeeded runs in the plan count. NotFound for an unknown sweep or a `where` that leaves
/// nothing; InvalidArgument for unknown names (with suggestions), rules that do not parse and a
/// baseline that matches nothing or only part of a group.
Result<Comparison> Compare(const Connection& connection, const ComparisonRequest& request);

/// One figure per seed, in the order of the seeds. Seeds are the replicates: what several cells of
/// a group give with the same seed is one figure.
std::vector<double> SeedMeans(const BySeed& values);

/// The difference between `group` and `baseline`, paired by the seeds that both have; of the means,
/// with Welch's test, where they share none, or one of several. Nothing if either is empty. A
/// difference that does not vary is certain (p = 0) where no seed changes either side, unless
/// `metric` is a share of items, which seeds may leave by chance; else an exact test decides. The
/// metric's goal words the verdict; p_holm is left to AdjustFamily.
std::optional<Difference> DifferenceOf(const BySeed& group, const BySeed& baseline,
                                       const MetricSpec& metric);

/// p() of that difference, without the rest of it.
std::optional<double> DifferenceP(const BySeed& group, const BySeed& baseline,
                                  const MetricSpec& metric);

/// Sets p_holm and the verdict of the differences that are told together; `others` are the p of
/// what else is in their family.
void AdjustFamily(const std::vector<Difference*>& family, Goal goal,
                  const std::vector<double>& others = {});

/// As AdjustFamily, by Bonferroni among so many comparisons, which need not be made: never less.
void AdjustAmong(const std::vector<Difference*>& family, Goal goal, double comparisons);

/// "better", "not distinguishable", "cannot be distinguished with 1 seed", ... `replicate` is what
/// n counts.
std::string VerdictText(DifferenceVerdict verdict, int n, std::string_view replicate);

/// "attention = linformer, compression = 2"; "the only row" where nothing varies.
std::string GroupName(const std::vector<std::string>& by, const std::vector<Value>& values);

}  // namespace sweepformer
