#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// The parameters and final metrics a store has columns for, in the order of the views. Read afresh
/// at the start of every transaction that may add to it; nothing is cached across calls.
class Catalog {
 public:
  static Result<Catalog> Read(const Connection& connection);

  const std::vector<std::string>& parameters() const { return parameters_; }
  const std::vector<MetricSpec>& metrics() const { return metrics_; }
  const MetricSpec* FindMetric(std::string_view name) const;
  std::vector<std::string> MetricNames() const;

  /// Why no parameter or metric may have this name, in words; nothing if it is free or known.
  std::optional<std::string> ParameterClash(std::string_view name) const;
  std::optional<std::string> MetricClash(std::string_view name) const;

  /// Why not all of these can have columns, in words; nothing if they can.
  std::optional<std::string> ClashOf(std::span<const std::string> parameters,
                                     std::span<const MetricSpec> metrics) const;

  /// Makes columns for what is new; true if there was any (the views must then be made anew).
  /// InvalidArgument if a name clashes.
  Result<bool> AddParameters(Connection& connection, std::span<const std::string> names);

  /// As AddParameters; what is declared of a known metric (unit, goal, doc) replaces what was.
  Result<bool> AddMetrics(Connection& connection, std::span<const MetricSpec> metrics);

 private:
  bool HasParameter(std::string_view name) const;

  std::vector<std::string> parameters_;
  std::vector<MetricSpec> metrics_;
};

/// The quoted base-table columns: of a parameter in `cell`, of a metric in `run`. Prefixed, so that
/// no name a user chooses can meet a column of ours.
std::string ParameterColumn(std::string_view name);
std::string MetricColumn(std::string_view name);

}  // namespace sweepformer
