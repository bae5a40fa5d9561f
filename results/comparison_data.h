#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "results/catalog.h"
#include "results/comparison.h"
#include "results/sweeps.h"

namespace sweepformer {

/// A request with its names resolved and its rules checked.
struct ResolvedRequest {
  Sweep sweep;
  std::vector<std::string> by;
  std::vector<MetricSpec> metrics;
  std::string where = "1";                  ///< SQL that may stand in parentheses
  std::optional<std::string> baseline;      ///< the same
  std::set<std::string, NameLess> varying;  ///< parameters with at least two values in the cells
  std::set<std::string, NameLess> partial;  ///< those with one value that some cells do not have
};

/// InvalidArgument or NotFound as Compare.
Result<ResolvedRequest> Resolve(const Connection& connection, const ComparisonRequest& request);

/// A run in the plan, as far as a comparison needs it.
struct ComparedRun {
  std::string cell;
  std::int64_t position = 0;  ///< of its cell in the plan
  std::int64_t seed = 0;
  RunState state = RunState::kPending;
  bool is_baseline = false;
  std::vector<Value> by;
  std::vector<std::optional<double>> figures;  ///< as the metrics; NaN is kept
};

/// Where succeeded runs were carried out, as far as speeds depend on it.
struct Machines {
  std::set<std::string> hosts;
  std::set<std::string> cpus;
  std::set<std::int64_t> threads;  ///< that a run had, as far as its worker or its limits say
  std::set<std::string> worker_versions;
};

/// All that a comparison reads from the store.
struct ComparisonData {
  std::vector<ComparedRun> runs;  ///< in the order of the plan
  int outside_plan = 0;
  /// Values of the varying and the partial parameters of each.
  std::map<std::string, std::map<std::string, Value, NameLess>> cells;
  std::set<std::string, NameLess> varying;  ///< as ResolvedRequest::varying
  Machines machines;
};

Result<ComparisonData> ReadComparisonData(const Connection& connection,
                                          const ResolvedRequest& request);

}  // namespace sweepformer
