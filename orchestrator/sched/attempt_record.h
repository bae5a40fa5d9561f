#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/outcome.h"
#include "orchestrator/core/run_config.h"
#include "orchestrator/core/value.h"
#include "orchestrator/exec/executor.h"
#include "results/store.h"

namespace sweepformer {

/// What an attempt must say and do to count as completed.
struct Expectation {
  bool speaks_protocol = false;  ///< hello, the configuration and done are required of it
  std::string worker_version;    ///< that its hello must name
  Parameters parameters;         ///< that its configuration must repeat
  std::int64_t seed = 0;
  std::string data = {};  ///< fingerprint of the data that its configuration must name, if any
  RunKind kind = RunKind::kTrain;
  int threads = 1;
  std::set<std::string, NameLess> parameter_names = {};  ///< that no metric may have
};

/// How an attempt ended, and why in words (empty if all went well).
struct Verdict {
  Outcome outcome = Outcome::kCompleted;
  std::string error;
};

/// Everything one attempt has said so far. Pure: events in, verdict out.
class AttemptRecord {
 public:
  explicit AttemptRecord(Expectation expected) : expected_(std::move(expected)) {}

  /// Takes in what the worker reported; a figure to be stored comes back.
  std::optional<Measurement> Take(const Event& event);

  /// What became of the attempt, given how its process ended.
  Verdict Judge(const EndedEvent& end) const;

  /// What it said in explanation, joined; empty if nothing.
  const std::string& notes() const { return notes_; }

  /// Of a probe: what kept its figures from being its own speed, in words; "" if nothing did.
  std::string Disturbance() const;

  const std::map<std::string, double, NameLess>& final_metrics() const { return final_metrics_; }
  const std::optional<std::vector<bool>>& test_hits() const { return test_hits_; }

 private:
  void TakeHello(const HelloEvent& hello);
  void TakeConfig(const ConfigEvent& config);
  void TakeNote(const NoteEvent& note);
  std::optional<Measurement> TakeMetric(const MetricEvent& metric);
  void Object(const std::string& what);
  std::string Incomplete() const;

  Expectation expected_;
  bool said_hello_ = false;
  bool said_config_ = false;
  bool said_done_ = false;
  std::string objection_;  ///< the first thing for which the attempt cannot count
  std::string notes_;
  std::map<std::string, double, NameLess> final_metrics_;
  std::optional<std::vector<bool>> test_hits_;
};

}  // namespace sweepformer
