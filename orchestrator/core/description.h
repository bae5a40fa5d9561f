#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// The type a worker declares for a parameter. Stored in descriptions; append only.
enum class ParameterType { kText, kInteger, kNumber, kBoolean };

std::string_view ParameterTypeWord(ParameterType type);  ///< text, integer, number, boolean

/// One parameter as its worker declares it.
struct ParameterSpec {
  std::string name;
  ParameterType type = ParameterType::kText;
  Value default_value;               ///< absent: none, the parameter stays unset unless given
  std::vector<std::string> choices;  ///< for text; empty: any
  std::optional<double> minimum;     ///< for numbers, inclusive
  std::optional<double> maximum;
  std::string unit;
  std::string when;  ///< SQL over the parameters; empty: always in use
  std::string doc;   ///< one line
};

/// A condition over several parameters that every run must meet.
struct ParameterCheck {
  std::string require;  ///< SQL; the run is refused where it is false (NULL passes)
  std::string why;      ///< what is wrong and what to type instead
};

/// Whether more of a metric is better. Stored by its word, in descriptions and stores; append only.
enum class Goal { kNone, kMaximize, kMinimize };

/// "none", "maximize", "minimize".
std::string_view GoalWord(Goal goal);

/// kNone for any other word.
Goal ParseGoal(std::string_view word);

/// One final metric as its worker declares it.
struct MetricSpec {
  std::string name;
  std::string unit;
  Goal goal = Goal::kNone;
  bool reproducible = false;  ///< the same configuration gives the same number, bit for bit
  std::string when;           ///< SQL over the parameters; empty: every run reports it
  std::string doc;
};

/// What a worker says of itself with --describe (architecture.md, decision 3).
struct WorkerDescription {
  std::string worker;    ///< name, e.g. "sweepformer-worker"
  std::string version;   ///< raised by hand when its numbers change; part of every run id
  std::string build_id;  ///< provenance only
  std::vector<ParameterSpec> parameters;
  std::vector<ParameterCheck> checks;
  std::vector<MetricSpec> metrics;
  std::string cost;  ///< SQL over the parameters: what a run takes next to others; empty: not known
  std::string memory;   ///< likewise: most bytes that a run's process holds; empty: not known
  bool serves = false;  ///< --serve starts a fork server (PROTOCOL.md)

  const ParameterSpec* FindParameter(std::string_view name) const;
  const MetricSpec* FindMetric(std::string_view name) const;
};

}  // namespace sweepformer
