#include "results/finished_cells.h"

#include <fmt/format.h>

#include <algorithm>

#include "results/catalog.h"

namespace sweepformer {
namespace {

constexpr const char* kFinished =
    "SELECT c.cell, r.seed, a.host = ?2, (a.ended_ms - a.started_ms) / 1000.0, a.peak_rss_bytes, "
    "{} FROM cell c JOIN run r USING(cell_key) JOIN attempt a USING(run_key) "
    "WHERE c.worker_version = ?1 AND r.kind = 'train' AND r.state = 'succeeded' "
    "AND a.outcome = 'completed' ORDER BY c.cell_key, r.run_key";

void AddRun(const Statement& row, FinishedCell& cell) {
  if (!row.IsNull(5)) cell.figures[row.Int(1)] = row.Real(5);
  if (row.Int(2) == 0) return;
  cell.seconds.push_back(row.Real(3));
  if (!row.IsNull(4)) cell.peak_rss_bytes.push_back(row.Real(4));
}

/// Reads the parameters of one cell at a time.
class ParameterReading {
 public:
  static Result<ParameterReading> Prepare(const Connection& connection, const Catalog& catalog) {
    std::string columns = "cell";
    for (const std::string& name : catalog.parameters()) columns += ", " + ParameterColumn(name);
    SF_ASSIGN(Statement find,
              connection.Prepare(fmt::format("SELECT {} FROM cell WHERE cell = ?", columns)));
    return ParameterReading(catalog.parameters(), std::move(find));
  }

  Status Read(FinishedCell& cell) {
    SF_TRY(find_.BindAll(cell.cell).Step().status());
    for (std::size_t i = 0; i < names_.size(); ++i) {
      Value value = find_.Column(static_cast<int>(i) + 1);
      if (!IsNull(value)) cell.parameters.emplace(names_[i], std::move(value));
    }
    find_.Reset();
    return {};
  }

 private:
  ParameterReading(std::vector<std::string> names, Statement find)
      : names_(std::move(names)), find_(std::move(find)) {}

  std::vector<std::string> names_;
  Statement find_;
};

Status ReadParameters(const Connection& connection, const Catalog& catalog,
                      std::vector<FinishedCell>& cells) {
  std::vector<FinishedCell*> timed;
  for (FinishedCell& cell : cells) {
    if (!cell.seconds.empty()) timed.push_back(&cell);
  }
  SF_ASSIGN(ParameterReading reading, ParameterReading::Prepare(connection, catalog));
  const std::size_t read = std::min(timed.size(), kMostNeighbours);
  for (std::size_t i = 0; i < read; ++i) SF_TRY(reading.Read(*timed[i * timed.size() / read]));
  return {};
}

}  // namespace

Result<std::vector<FinishedCell>> ReadFinishedCells(const Connection& connection,
                                                    const FinishedQuery& query) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  const bool has_metric = catalog.FindMetric(query.metric) != nullptr;
  SF_ASSIGN(Statement finished,
            connection.Prepare(fmt::format(
                kFinished, has_metric ? "r." + MetricColumn(query.metric) : std::string("NULL"))));
  std::vector<FinishedCell> cells;
  SF_ASSIGN(bool row, finished.BindAll(query.worker_version, query.host).Step());
  while (row) {
    if (cells.empty() || cells.back().cell != finished.Text(0)) {
      cells.emplace_back().cell = finished.Text(0);
    }
    AddRun(finished, cells.back());
    SF_ASSIGN(row, finished.Step());
  }
  SF_TRY(ReadParameters(connection, catalog, cells));
  return cells;
}

Result<std::map<std::string, double>> ReadPeaks(const Connection& connection,
                                                const std::string& worker_version,
                                                const std::string& host) {
  SF_ASSIGN(Statement find,
            connection.Prepare(
                "SELECT c.cell, max(max(a.peak_rss_bytes, coalesce(a.peak_cgroup_bytes, 0))) "
                "FROM cell c JOIN run r USING(cell_key) "
                "JOIN attempt a USING(run_key) WHERE c.worker_version = ? AND a.host = ? "
                "AND r.state = 'succeeded' AND a.outcome = 'completed' GROUP BY c.cell_key"));
  std::map<std::string, double> peaks;
  SF_ASSIGN(bool row, find.BindAll(worker_version, host).Step());
  while (row) {
    if (!find.IsNull(1)) peaks.emplace(find.Text(0), find.Real(1));
    SF_ASSIGN(row, find.Step());
  }
  return peaks;
}

Result<std::map<std::string, double>> ReadOutOfMemory(const Connection& connection) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare("SELECT r.id, max(coalesce(json_extract(a.resources_json, "
                         "'$.mem_limit'), json_extract(a.resources_json, '$.mem'))) FROM attempt a "
                         "JOIN run r USING(run_key) WHERE a.outcome = 'out_of_memory' AND "
                         "r.state <> 'succeeded' GROUP BY r.run_key"));
  std::map<std::string, double> most;
  SF_ASSIGN(bool row, find.Step());
  while (row) {
    if (!find.IsNull(1)) most.emplace(find.Text(0), find.Real(1));
    SF_ASSIGN(row, find.Step());
  }
  return most;
}

}  // namespace sweepformer
