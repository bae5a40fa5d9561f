#include "results/comparison_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "orchestrator/sql/sandbox.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

using Places = std::unordered_map<std::int64_t, std::size_t>;  ///< of cells, by key

/// Which runs have the figures that are asked for, in SQL.
struct Kinds {
  const char* condition = "kind = 'train'";
  const char* column = "0";  ///< whether it is a probe beside the runs that count
};

Kinds KindsOf(const ResolvedRequest& request) {
  const auto probes = std::count_if(request.metrics.begin(), request.metrics.end(), IsOfProbes);
  if (probes == 0) return {};
  if (probes == static_cast<std::ptrdiff_t>(request.metrics.size())) return {"kind = 'probe'", "0"};
  return {"kind IN ('train', 'probe')", "kind = 'probe'"};
}

/// Reads the cells for which the request's rule holds, by their place in the plan.
Result<Places> ReadCells(const Connection& connection, const ResolvedRequest& request,
                         const Catalog& catalog, ComparisonData& data) {
  std::string columns;
  for (const std::string& name : request.by) columns += ", " + QuoteName(name);
  for (const std::string& name : data.names) columns += ", " + QuoteName(name);
  SF_ASSIGN(
      Statement find,
      connection.Prepare(fmt::format(
          "SELECT \"#key\", ({}) IS TRUE, \"#cell\", \"#data\"{} FROM {} WHERE ({}) ORDER BY "
          "\"#position\"",
          request.baseline.value_or("0"), columns,
          PlannedCells(catalog,
                       "cell_key AS \"#key\", cell AS \"#cell\", dataset_fingerprint AS \"#data\", "
                       "(SELECT min(position) FROM member WHERE "
                       "sweep_key = ?1 AND member.cell_key = cell.cell_key) AS \"#position\""),
          request.where)));
  Places places;
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    places.emplace(find.Int(0), data.cells.size());
    ComparedCell& cell = data.cells.emplace_back();
    cell.is_baseline = find.Int(1) != 0;
    cell.id = find.Text(2);
    cell.data = find.Text(3);
    int column = 4;
    for (std::size_t i = 0; i < request.by.size(); ++i) cell.by.push_back(find.Column(column++));
    for (std::size_t i = 0; i < data.names.size(); ++i)
      cell.values.push_back(find.Column(column++));
    SF_ASSIGN(row, find.Step());
  }
  return places;
}

/// The metrics whose figures are NaN: the columns have NULL for them.
NameSet NanMetrics(const std::string& list) {
  NameSet names;
  const auto json = nlohmann::json::parse(list, nullptr, false);
  for (const auto& name : json)
    if (name.is_string()) names.insert(name.get<std::string>());
  return names;
}

ComparedRun RunFrom(const Statement& row, const std::vector<MetricSpec>& metrics) {
  constexpr int kFirstFigure = 7;
  ComparedRun run;
  run.seed = row.Int(1);
  run.state = ParseRunState(row.Text(2)).value_or(RunState::kPending);
  if (!row.IsNull(4)) run.test_items = row.Int(4);
  if (!row.IsNull(5)) run.roofline_share = row.Real(5);
  run.is_probe = row.Int(6) != 0;
  const NameSet nan = row.IsNull(3) ? NameSet() : NanMetrics(row.Text(3));
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const int column = kFirstFigure + static_cast<int>(i);
    auto& figure = run.figures.emplace_back();
    if (!row.IsNull(column)) figure = row.Real(column);
    if (nan.contains(metrics[i].name)) figure = std::numeric_limits<double>::quiet_NaN();
  }
  return run;
}

Status ReadRuns(const Connection& connection, const ResolvedRequest& request,
                const Catalog& catalog, const Places& places, ComparisonData& data) {
  std::string figures;
  for (const MetricSpec& metric : request.metrics) figures += ", " + MetricColumn(metric.name);
  const Kinds kinds = KindsOf(request);
  const bool share = catalog.FindMetric(kRooflineMetric) != nullptr;
  const bool hits = std::any_of(request.metrics.begin(), request.metrics.end(), IsShareOfHits);
  SF_ASSIGN(
      Statement find,
      connection.Prepare(fmt::format(
          "SELECT member.cell_key, seed, state, nan_metrics, {}, {}, {}{} FROM member CROSS "
          "JOIN run USING(run_key){} WHERE sweep_key = ? AND in_plan AND {} "
          "ORDER BY sweep_key, member.cell_key, run_key",
          hits ? "items" : "NULL", share ? MetricColumn(kRooflineMetric) : "NULL", kinds.column,
          figures, hits ? " LEFT JOIN test_hits USING(run_key)" : "", kinds.condition)));
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    const auto place = places.find(find.Int(0));
    if (place != places.end())
      data.cells[place->second].runs.push_back(RunFrom(find, request.metrics));
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

/// What the plan has with another worker or other data is not lost to an edit of the spec.
Status CountUnplanned(const Connection& connection, const ResolvedRequest& request,
                      const Catalog& catalog, ComparisonData& data) {
  std::string columns = "seed";
  for (const std::string& name : catalog.parameters()) columns += ", " + QuoteName(name);
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format(
                "SELECT count(*) FROM (SELECT {0} FROM runs WHERE sweep = ?1 AND NOT in_plan AND "
                "({1}) EXCEPT SELECT {0} FROM runs WHERE sweep = ?1 AND in_plan)",
                columns, request.where)));
  SF_TRY(count.BindAll(request.sweep.name).Step().status());
  data.unplanned = static_cast<int>(count.Int(0));
  return {};
}

Status CountOutsidePlan(const Connection& connection, const ResolvedRequest& request,
                        const Catalog& catalog, ComparisonData& data) {
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format("SELECT count(*) FROM runs WHERE sweep = ? AND NOT "
                                           "in_plan AND ({})",
                                           request.where)));
  SF_TRY(count.BindAll(request.sweep.name).Step().status());
  data.outside_plan = static_cast<int>(count.Int(0));
  return data.outside_plan > 0 ? CountUnplanned(connection, request, catalog, data) : Status();
}

/// A whole number of at least one in a JSON object.
std::optional<std::int64_t> CountIn(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto it = object.find(name);
  constexpr double kMost = std::numeric_limits<int>::max();  // a worker may say anything
  if (it == object.end() || !it->is_number()) return {};
  const double count = it->get<double>();
  if (!(count >= 1 && count <= kMost)) return {};
  return static_cast<std::int64_t>(count);
}

/// What the worker says, or the launch; older stores have but the CPUs it was admitted by.
std::optional<std::int64_t> ThreadsOf(const nlohmann::json& provenance,
                                      const nlohmann::json& resources) {
  if (const auto told = CountIn(provenance, "threads")) return told;
  if (const auto launched = CountIn(resources, "threads")) return launched;
  return CountIn(resources, "cpus");
}

void AddMachine(const Statement& row, Machines& machines) {
  machines.hosts.insert(row.Text(0));
  machines.worker_versions.insert(row.Text(3));
  const auto resources = nlohmann::json::parse(row.Text(2), nullptr, false);
  const auto provenance = nlohmann::json::parse(row.Text(1), nullptr, false);
  if (const auto threads = ThreadsOf(provenance, resources)) machines.threads.insert(*threads);
  if (!provenance.is_object()) return;
  const auto text = [&](const char* name) {
    const auto it = provenance.find(name);
    return it != provenance.end() && it->is_string() ? it->get<std::string>() : "";
  };
  if (!text("cpu").empty()) machines.cpus.insert(text("cpu"));
  if (text("libtorch").empty()) return;
  std::string libraries = fmt::format("LibTorch {}, {}", text("libtorch"), text("blas"));
  if (!text("onednn").empty()) libraries += ", oneDNN " + text("onednn");
  machines.libraries.insert(libraries);
}

/// A subquery of the cells that count, without their parameters: one may have the name of a column
/// of the tables they are joined with.
std::string CountingCells(const Catalog& catalog, const ResolvedRequest& request) {
  return fmt::format("(SELECT \"#key\", \"#version\" FROM {} WHERE ({}))",
                     PlannedCells(catalog, "cell_key AS \"#key\", worker_version AS \"#version\""),
                     request.where);
}

/// Attempts agree in most of what they say of where they ran, so that each is read once.
Status ReadMachines(const Connection& connection, const ResolvedRequest& request,
                    const Catalog& catalog, ComparisonData& data) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare(fmt::format(
          "SELECT host, provenance_json, resources_json, \"#version\", "
          "total(run_delay_share > {} AND kind = 'train') FROM {} CROSS JOIN member ON "
          "member.sweep_key = ?1 AND "
          "member.cell_key = \"#key\" AND in_plan CROSS JOIN run USING(run_key) CROSS JOIN attempt "
          "USING(run_key) WHERE outcome = 'completed' AND state = 'succeeded' AND {} "
          "GROUP BY 1, 2, 3, 4",
          kDisturbedShare, CountingCells(catalog, request), KindsOf(request).condition)));
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    AddMachine(find, data.machines);
    data.machines.disturbed += find.Int(4);
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

/// Probes whose figures were kept although something else took the CPU.
Status CountDisturbedProbes(const Connection& connection, const ResolvedRequest& request,
                            const Catalog& catalog, ComparisonData& data) {
  const MetricSpec* flag = catalog.FindMetric("probe_disturbed");
  if (!flag || std::none_of(request.metrics.begin(), request.metrics.end(), IsOfProbes)) return {};
  SF_ASSIGN(Statement count,
            connection.Prepare(fmt::format(
                "SELECT count(*) FROM {} CROSS JOIN member ON member.sweep_key = ?1 AND "
                "member.cell_key = \"#key\" AND in_plan CROSS JOIN run USING(run_key) "
                "WHERE kind = 'probe' AND {} > 0",
                CountingCells(catalog, request), MetricColumn(flag->name))));
  SF_TRY(count.BindAll(request.sweep.key).Step().status());
  data.machines.disturbed_probes = count.Int(0);
  return {};
}

}  // namespace

std::string PlannedCells(const Catalog& catalog, const std::string& columns) {
  std::string parameters;
  for (const std::string& name : catalog.parameters()) {
    parameters += fmt::format(", {} AS {}", ParameterColumn(name), QuoteName(name));
  }
  return fmt::format(
      "(SELECT {}{} FROM cell WHERE cell_key IN "
      "(SELECT cell_key FROM member WHERE sweep_key = ?1 AND in_plan))",
      columns, parameters);
}

Result<ComparisonData> ReadComparisonData(const Connection& connection,
                                          const ResolvedRequest& request) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  ComparisonData data;
  data.unreported = request.unreported;
  data.varying = request.varying;
  data.derived = request.derived;
  data.names.assign(request.varying.begin(), request.varying.end());
  data.names.insert(data.names.end(), request.partial.begin(), request.partial.end());
  SF_ASSIGN(const Places places, ReadCells(connection, request, catalog, data));
  SF_TRY(ReadRuns(connection, request, catalog, places, data));
  std::erase_if(data.cells, [](const ComparedCell& cell) { return cell.runs.empty(); });
  SF_TRY(CountOutsidePlan(connection, request, catalog, data));
  SF_TRY(ReadMachines(connection, request, catalog, data));
  SF_TRY(CountDisturbedProbes(connection, request, catalog, data));
  return data;
}

}  // namespace sweepformer
