#include "results/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "orchestrator/core/names.h"

namespace sweepformer {
namespace {

/// What `cells` makes of a metric's name.
constexpr std::array<std::string_view, 3> kSuffixes = {"_n", "_mean", "_sd"};

/// SQLite allows 2000 columns; `cells` has three per metric.
constexpr std::size_t kMostMetrics = 500;
constexpr std::size_t kMostParameters = 400;

bool IsStatisticOf(std::string_view column, std::string_view metric) {
  return std::any_of(kSuffixes.begin(), kSuffixes.end(), [&](std::string_view suffix) {
    return SameName(column, fmt::format("{}{}", metric, suffix));
  });
}

std::string FixedClash(std::string_view kind, std::string_view name) {
  return fmt::format(
      "'{}' cannot name a {}: the store's views have a column of that name; rename it", name, kind);
}

Status AddColumn(Connection& connection, std::string_view table, const std::string& column) {
  return connection.Execute(fmt::format("ALTER TABLE {} ADD COLUMN {}", table, column));
}

Status SaveMetric(Connection& connection, const MetricSpec& metric) {
  SF_ASSIGN(Statement insert,
            connection.PrepareKept(
                "INSERT INTO metric(name, unit, goal, reproducible, doc) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT(name) DO UPDATE SET unit = excluded.unit, goal = excluded.goal, "
                "reproducible = excluded.reproducible, doc = excluded.doc"));
  return insert
      .BindAll(metric.name, metric.unit, std::string(GoalWord(metric.goal)),
               std::int64_t{metric.reproducible}, metric.doc)
      .Run();
}

}  // namespace

std::string ParameterColumn(std::string_view name) { return QuoteName(fmt::format("p_{}", name)); }
std::string MetricColumn(std::string_view name) { return QuoteName(fmt::format("m_{}", name)); }

Result<Catalog> Catalog::Read(const Connection& connection) {
  Catalog catalog;
  SF_ASSIGN(Statement parameters,
            connection.PrepareKept("SELECT name FROM parameter ORDER BY parameter_key"));
  SF_ASSIGN(bool row, parameters.Step());
  while (row) {
    catalog.parameters_.push_back(parameters.Text(0));
    SF_ASSIGN(row, parameters.Step());
  }
  SF_ASSIGN(Statement metrics,
            connection.PrepareKept("SELECT name, unit, goal, reproducible, doc FROM metric "
                                   "ORDER BY metric_key"));
  SF_ASSIGN(row, metrics.Step());
  while (row) {
    catalog.metrics_.push_back({metrics.Text(0), metrics.Text(1), ParseGoal(metrics.Text(2)),
                                metrics.Int(3) != 0, "", metrics.Text(4)});
    SF_ASSIGN(row, metrics.Step());
  }
  return catalog;
}

bool Catalog::HasParameter(std::string_view name) const {
  return std::any_of(parameters_.begin(), parameters_.end(),
                     [&](const std::string& one) { return SameName(one, name); });
}

const MetricSpec* Catalog::FindMetric(std::string_view name) const {
  const auto it = std::find_if(metrics_.begin(), metrics_.end(), [&](const MetricSpec& metric) {
    return SameName(metric.name, name);
  });
  return it == metrics_.end() ? nullptr : &*it;
}

std::vector<std::string> Catalog::MetricNames() const {
  std::vector<std::string> names;
  for (const MetricSpec& metric : metrics_) names.push_back(metric.name);
  return names;
}

std::optional<std::string> Catalog::ParameterClash(std::string_view name) const {
  if (IsReservedName(name)) return FixedClash("parameter", name);
  for (const MetricSpec& metric : metrics_) {
    if (SameName(metric.name, name) || IsStatisticOf(name, metric.name)) {
      return fmt::format(
          "the parameter '{}' has the name of a column for the metric '{}'; rename "
          "one of them or use another store",
          name, metric.name);
    }
  }
  if (parameters_.size() >= kMostParameters && !HasParameter(name)) {
    return fmt::format(
        "no column for the parameter '{}': a store holds {} parameters at most; use "
        "another store",
        name, kMostParameters);
  }
  return {};
}

std::optional<std::string> Catalog::MetricClash(std::string_view name) const {
  if (name.empty()) return "a metric without a name";
  if (IsReservedName(name)) return FixedClash("metric", name);
  for (const std::string& parameter : parameters_) {
    if (SameName(parameter, name) || IsStatisticOf(parameter, name)) {
      return fmt::format(
          "a column for the metric '{}' has the name of the parameter '{}'; rename "
          "one of them or use another store",
          name, parameter);
    }
  }
  if (metrics_.size() >= kMostMetrics && !FindMetric(name)) {
    return fmt::format(
        "no column for the metric '{}': a store holds {} metrics at most; report it "
        "with a step, or use another store",
        name, kMostMetrics);
  }
  return {};
}

std::optional<std::string> Catalog::ClashOf(std::span<const std::string> parameters,
                                            std::span<const MetricSpec> metrics) const {
  Catalog grown = *this;
  for (const std::string& name : parameters) {
    if (auto clash = grown.ParameterClash(name)) return clash;
    if (!grown.HasParameter(name)) grown.parameters_.push_back(name);
  }
  for (const MetricSpec& metric : metrics) {
    if (auto clash = grown.MetricClash(metric.name)) return clash;
    if (!grown.FindMetric(metric.name)) grown.metrics_.push_back(metric);
  }
  return {};
}

Result<bool> Catalog::AddParameters(Connection& connection, std::span<const std::string> names) {
  bool added = false;
  for (const std::string& name : names) {
    if (const auto clash = ParameterClash(name)) return InvalidArgument(*clash);
    if (HasParameter(name)) continue;
    SF_ASSIGN(Statement insert, connection.Prepare("INSERT INTO parameter(name) VALUES (?)"));
    SF_TRY(insert.BindAll(name).Run());
    // No type: a value is kept as it is, whole, real or text.
    SF_TRY(AddColumn(connection, "cell", ParameterColumn(name)));
    added = true;
    parameters_.push_back(name);
  }
  return added;
}

Result<bool> Catalog::AddMetrics(Connection& connection, std::span<const MetricSpec> metrics) {
  bool added = false;
  for (const MetricSpec& metric : metrics) {
    if (const auto clash = MetricClash(metric.name)) return InvalidArgument(*clash);
    SF_TRY(SaveMetric(connection, metric));
    if (FindMetric(metric.name)) continue;
    SF_TRY(AddColumn(connection, "run", MetricColumn(metric.name) + " REAL"));
    added = true;
    metrics_.push_back(metric);
  }
  return added;
}

}  // namespace sweepformer
