#pragma once

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
  std::vector<std::string> unreported;      ///< metrics of the [goal] that no run has reported
  std::string where = "1";                  ///< SQL that may stand in parentheses
  std::optional<std::string> baseline;      ///< the same
  std::set<std::string, NameLess> varying;  ///< parameters with at least two values in the cells
  std::set<std::string, NameLess> partial;  ///< those with one value that some cells do not have
  std::set<std::string, NameLess> derived;  ///< as ComparisonRequest::derived
};

/// InvalidArgument or NotFound as Compare.
Result<ResolvedRequest> Resolve(const Connection& connection, const ComparisonRequest& request);

/// A run in the plan, as far as a comparison needs it.
struct ComparedRun {
  std::int64_t seed = 0;  ///< of a probe: the number of the measurement
  bool is_probe = false;  ///< beside trainings: a figure of its cell, no run of its own
  RunState state = RunState::kPending;
  std::optional<std::int64_t> test_items;      ///< of which it has the hits
  std::vector<std::optional<double>> figures;  ///< as the metrics; NaN is kept
  std::optional<double> roofline_share;        ///< kRooflineMetric
};

/// A cell of the plan with its runs.
struct ComparedCell {
  std::string id;
  std::string data;  ///< fingerprint of what its runs read
  bool is_baseline = false;
  std::vector<Value> by;      ///< as the request's
  std::vector<Value> values;  ///< as ComparisonData::names
  std::vector<ComparedRun> runs;
};

/// On what and by what succeeded runs were carried out, as far as their figures depend on it.
struct Machines {
  std::set<std::string> hosts;
  std::set<std::string> cpus;
  std::set<std::int64_t> threads;  ///< that a run had, as far as its worker or its limits say
  std::set<std::string> worker_versions;
  std::set<std::string> libraries;    ///< LibTorch and BLAS
  std::int64_t disturbed_probes = 0;  ///< kept though disturbed each time
  std::int64_t disturbed = 0;         ///< attempts that waited for a CPU for over kDisturbedShare
};

/// From this share of its time on that an attempt waited for a CPU, its speed is not its own.
inline constexpr double kDisturbedShare = 0.05;

/// All that a comparison reads from the store.
struct ComparisonData {
  std::vector<ComparedCell> cells;  ///< in the order of the plan
  int outside_plan = 0;
  int unplanned = 0;                        ///< parameters and seeds of these that the plan has not
  std::vector<std::string> unreported;      ///< as ResolvedRequest::unreported
  std::vector<std::string> names;           ///< the varying and the partial parameters
  std::set<std::string, NameLess> varying;  ///< as ResolvedRequest::varying
  std::set<std::string, NameLess> derived;  ///< as ComparisonRequest::derived
  Machines machines;
};

Result<ComparisonData> ReadComparisonData(const Connection& connection,
                                          const ResolvedRequest& request);

/// A subquery of the parameters of the sweep's planned cells, by their names, and `columns` of
/// `cell`. ?1 is the sweep's key.
std::string PlannedCells(const Catalog& catalog, const std::string& columns);

}  // namespace sweepformer
