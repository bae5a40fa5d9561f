#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/outcome.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"
#include "orchestrator/sql/connection.h"
#include "results/verification.h"

namespace sweepformer {

/// A run's place in one sweep.
struct Membership {
  std::string sweep;
  std::string label;
  bool in_plan = true;
  bool reused = false;
  bool replaced = false;  ///< the plan has its parameters and seed with another worker, other data
                          ///< or another parent
};

/// One execution of a run; absent where it is not known or not yet.
struct AttemptRow {
  std::int64_t key = 0;
  int number = 0;
  std::string host;
  std::optional<std::int64_t> pid;
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::optional<Outcome> outcome;
  bool counts = true;
  std::optional<std::int64_t> exit_code;
  std::optional<std::int64_t> signal;
  std::string error;
  std::string note;
  std::string provenance_json;
  std::string resources_json;  ///< what it was admitted by
  std::string log_path;
};

/// A final metric; `value` may be NaN. Its goal is the worker's or, where that names none, that of
/// the [goal] of a sweep that has the run.
struct FinalMetric {
  MetricSpec spec;
  double value = 0;
};

/// The stepped measurements of one metric and split in the attempt that a succeeded run has its
/// result of, else in the last.
struct Curve {
  std::string metric;
  std::string split;
  std::vector<std::pair<std::int64_t, double>> points;  ///< by step
};

/// All that the store knows of one run.
struct RunRecord {
  std::string id;
  std::string cell;
  std::string kind;
  std::int64_t seed = 0;
  std::string parent;
  RunState state = RunState::kPending;
  int attempts_used = 0;
  std::string worker_version;
  std::string dataset_fingerprint;
  std::vector<std::pair<std::string, Value>> parameters;  ///< in the views' order, absent ones out
  std::vector<Membership> sweeps;
  std::vector<AttemptRow> attempts;  ///< by number
  std::vector<FinalMetric> metrics;
  std::vector<Curve> curves;
  std::vector<Verification> verifications;  ///< by time

  /// Whether an attempt of it is: the run is running, or had succeeded and is run once more.
  bool under_way() const { return !attempts.empty() && !attempts.back().outcome; }
};

/// The run whose id starts with `prefix` (any case). NotFound if there is none; InvalidArgument for
/// a prefix of several, listing them, and for one of fewer than 4 digits.
Result<RunRecord> FindRun(const Connection& connection, const std::string& prefix);

/// The spec, as it was launched last, of the latest sweep that has the run in its plan or, where
/// none has, had it; "" if there is none.
Result<std::string> LastSpecOf(const Connection& connection, const std::string& run);

}  // namespace sweepformer
