#include "results/comparison_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

namespace sweepformer {
namespace {

std::string ColumnList(const ResolvedRequest& request) {
  std::string columns;
  for (const std::string& name : request.by) columns += ", " + QuoteName(name);
  for (const MetricSpec& metric : request.metrics) columns += ", " + QuoteName(metric.name);
  return columns;
}

ComparedRun RunFrom(const Statement& row, const ResolvedRequest& request) {
  ComparedRun run;
  run.cell = row.Text(0);
  run.seed = row.Int(1);
  run.state = ParseRunState(row.Text(2)).value_or(RunState::kPending);
  run.is_baseline = row.Int(4) != 0;
  int column = 6;
  for (std::size_t i = 0; i < request.by.size(); ++i) run.by.push_back(row.Column(column++));
  for (std::size_t i = 0; i < request.metrics.size(); ++i, ++column) {
    run.figures.push_back(row.IsNull(column) ? std::nullopt : std::optional(row.Real(column)));
  }
  return run;
}

/// Which figures are NaN, as rows of a run's id and a metric's name: the views have NULL for them.
Result<std::set<std::pair<std::string, std::string>>> ReadNan(const Connection& connection,
                                                              const ResolvedRequest& request) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT run.id, lower(value) FROM member JOIN run USING(run_key), "
                               "json_each(nan_metrics) "
                               "WHERE sweep_key = ? AND nan_metrics IS NOT NULL"));
  std::set<std::pair<std::string, std::string>> all;
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    all.emplace(find.Text(0), find.Text(1));
    SF_ASSIGN(row, find.Step());
  }
  return all;
}

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

Result<std::unordered_map<std::string, std::int64_t>> ReadPositions(
    const Connection& connection, const ResolvedRequest& request) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT cell, min(position) FROM member JOIN cell USING(cell_key) "
                               "WHERE sweep_key = ? GROUP BY cell_key"));
  std::unordered_map<std::string, std::int64_t> positions;
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    positions.emplace(find.Text(0), find.Int(1));
    SF_ASSIGN(row, find.Step());
  }
  return positions;
}

Status ReadRuns(const Connection& connection, const ResolvedRequest& request,
                ComparisonData& data) {
  SF_ASSIGN(const auto nan, ReadNan(connection, request));
  SF_ASSIGN(const auto positions, ReadPositions(connection, request));
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format("SELECT cell, seed, state, in_plan, ({}) IS TRUE, id{} "
                                           "FROM runs WHERE sweep = ? AND ({})",
                                           request.baseline.value_or("0"), ColumnList(request),
                                           request.where)));
  SF_ASSIGN(bool row, find.BindAll(request.sweep.name).Step());
  for (; row;) {
    if (find.Int(3) == 0) {
      ++data.outside_plan;
    } else {
      ComparedRun run = RunFrom(find, request);
      run.position = positions.at(run.cell);
      for (std::size_t i = 0; !nan.empty() && i < request.metrics.size(); ++i) {
        if (!nan.contains({find.Text(5), Lower(request.metrics[i].name)})) continue;
        run.figures[i] = std::numeric_limits<double>::quiet_NaN();
      }
      data.runs.push_back(std::move(run));
    }
    SF_ASSIGN(row, find.Step());
  }
  std::stable_sort(
      data.runs.begin(), data.runs.end(),
      [](const ComparedRun& a, const ComparedRun& b) { return a.position < b.position; });
  return {};
}

Status ReadCells(const Connection& connection, const ResolvedRequest& request,
                 ComparisonData& data) {
  std::vector<std::string> names(request.varying.begin(), request.varying.end());
  names.insert(names.end(), request.partial.begin(), request.partial.end());
  std::string columns = "cell.cell";
  for (const std::string& name : names) columns += ", " + ParameterColumn(name);
  SF_ASSIGN(Statement find, connection.Prepare(fmt::format(
                                "SELECT {} FROM cell WHERE cell_key IN "
                                "(SELECT cell_key FROM member WHERE sweep_key = ? AND in_plan)",
                                columns)));
  SF_ASSIGN(bool row, find.BindAll(request.sweep.key).Step());
  while (row) {
    auto& values = data.cells[find.Text(0)];
    for (std::size_t i = 0; i < names.size(); ++i) {
      values[names[i]] = find.Column(static_cast<int>(i) + 1);
    }
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

Status ReadMachines(const Connection& connection, const ResolvedRequest& request,
                    ComparisonData& data) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare(fmt::format(
          "SELECT DISTINCT host, json_extract(provenance_json, '$.cpu'), worker_version, "
          "coalesce(json_extract(provenance_json, '$.threads'), "
          "json_extract(resources_json, '$.cpus')) "
          "FROM run JOIN cell USING(cell_key) JOIN attempt USING(run_key) "
          "WHERE outcome = 'completed' AND id IN (SELECT id FROM runs WHERE sweep = ? AND in_plan "
          "AND state = 'succeeded' AND ({}))",
          request.where)));
  SF_ASSIGN(bool row, find.BindAll(request.sweep.name).Step());
  while (row) {
    data.machines.hosts.insert(find.Text(0));
    if (!find.IsNull(1)) data.machines.cpus.insert(find.Text(1));
    data.machines.worker_versions.insert(find.Text(2));
    if (!find.IsNull(3)) data.machines.threads.insert(find.Int(3));
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

}  // namespace

Result<ComparisonData> ReadComparisonData(const Connection& connection,
                                          const ResolvedRequest& request) {
  ComparisonData data;
  data.varying = request.varying;
  SF_TRY(ReadRuns(connection, request, data));
  SF_TRY(ReadCells(connection, request, data));
  SF_TRY(ReadMachines(connection, request, data));
  return data;
}

}  // namespace sweepformer
