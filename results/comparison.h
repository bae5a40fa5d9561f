#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"
#include "results/statistics/spread.h"

namespace sweepformer {

/// What is asked of a comparison.
struct ComparisonRequest {
  std::string sweep = {};
  std::vector<std::string> by = {};          ///< parameters; empty: those that vary
  std::vector<std::string> metrics = {};     ///< empty: those of the sweep's [goal]
  std::optional<std::string> baseline = {};  ///< SQL over the parameters
  std::optional<std::string> where = {};     ///< SQL over the parameters; only these runs count
};

/// One metric of one group.
struct ComparedFigure {
  Spread spread;
  int nan = 0;                           ///< succeeded runs whose figure is NaN; not in the spread
  std::optional<Difference> difference;  ///< to the baseline
};

/// The runs that share the values of the --by parameters.
struct ComparedGroup {
  std::vector<Value> by;
  int cells = 0;
  int runs = 0;  ///< in the plan
  int succeeded = 0;
  int seeds = 0;  ///< distinct ones among the succeeded runs
  bool is_baseline = false;
  std::vector<ComparedFigure> figures;  ///< as Comparison::metrics
};

/// A comparison, computed but not yet written (comparison_text.h).
struct Comparison {
  std::string sweep;
  std::vector<std::string> by;
  std::vector<MetricSpec> metrics;
  std::optional<std::string> baseline;
  /// Where the rule picks several groups, a group is held against the one with equal values of
  /// these parameters.
  std::vector<std::string> matched_by;
  std::vector<ComparedGroup> groups;  ///< sorted: numbers as such, text as in the plan, NULL first
  std::vector<std::string> warnings;
};

/// Only succeeded runs in the plan count. NotFound for an unknown sweep or a `where` that leaves
/// nothing; InvalidArgument for unknown names (with suggestions), rules that do not parse and a
/// baseline that matches nothing or only part of a group.
Result<Comparison> Compare(const Connection& connection, const ComparisonRequest& request);

}  // namespace sweepformer
