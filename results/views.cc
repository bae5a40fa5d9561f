#include "results/views.h"

#include <fmt/format.h>

#include "orchestrator/core/names.h"
#include "results/catalog.h"

namespace sweepformer {
namespace {

std::string RunsView(const Catalog& catalog) {
  std::string columns;
  for (const std::string& name : catalog.parameters()) {
    columns += fmt::format(",\n  c.{} AS {}", ParameterColumn(name), QuoteName(name));
  }
  for (const MetricSpec& metric : catalog.metrics()) {
    if (IsProbeMetric(metric.name)) continue;  // a training would be a false replicate
    columns += fmt::format(",\n  r.{} AS {}", MetricColumn(metric.name), QuoteName(metric.name));
  }
  return fmt::format(
      "CREATE VIEW runs AS SELECT s.name AS sweep, r.id AS id, c.cell AS cell, r.seed AS seed,\n"
      "  r.state AS state, m.label AS label, m.in_plan AS in_plan, m.reused AS reused{}\n"
      "FROM member m JOIN sweep s USING(sweep_key) JOIN run r USING(run_key)\n"
      "  JOIN cell c ON c.cell_key = m.cell_key\n"
      "WHERE r.kind = 'train'",
      columns);
}

/// The statistics of one metric over the runs `r` of a cell. Values are taken relative to the
/// cell's least (`least`), so that equal ones have no spread at all, however large they are; sums
/// of infinities, where that gives NaN, fall back on the plain mean.
std::string StatisticColumns(const std::string& metric) {
  const std::string value = "r." + MetricColumn(metric);
  const std::string least = "least." + MetricColumn(metric);
  const std::string apart = fmt::format("({} - {})", value, least);
  return fmt::format(
      ",\n  count({0}) AS {3},\n  coalesce({1} + sum({2}) / count({0}), avg({0})) AS {4},\n"
      "  CASE WHEN count({0}) > 1 THEN sqrt(max(0.0, (sum({2} * {2}) - sum({2}) * sum({2}) / "
      "count({0}))\n    / (count({0}) - 1))) END AS {5}",
      value, least, apart, QuoteName(metric + "_n"), QuoteName(metric + "_mean"),
      QuoteName(metric + "_sd"));
}

/// Figures of a cell's probes, from the table `probe`; the count is 0 where there are none.
std::string ProbeColumns(const std::string& metric) {
  const std::string n = QuoteName(metric + "_n");
  std::string columns = fmt::format(",\n  coalesce(p.{0}, 0) AS {0}", n);
  for (const char* suffix : {"_mean", "_sd"}) {
    columns += fmt::format(",\n  p.{0} AS {0}", QuoteName(metric + suffix));
  }
  return columns;
}

/// The statistics of the probes of every cell, for a WITH clause.
std::string ProbeTable(const std::string& statistics, const std::string& least) {
  return fmt::format(
      ",\nprobe AS (SELECT m.sweep_key, m.cell_key{}\n"
      "  FROM member m CROSS JOIN run r USING(run_key)\n"
      "  JOIN (SELECT m.sweep_key, m.cell_key{}\n"
      "    FROM member m CROSS JOIN run r USING(run_key) WHERE m.in_plan AND r.kind = 'probe'\n"
      "    GROUP BY m.sweep_key, m.cell_key) least\n"
      "  ON least.sweep_key = m.sweep_key AND least.cell_key = m.cell_key\n"
      "  WHERE m.in_plan AND r.kind = 'probe' GROUP BY m.sweep_key, m.cell_key)",
      statistics, least);
}

std::string CellsView(const Catalog& catalog) {
  std::string parameters;
  for (const std::string& name : catalog.parameters()) {
    parameters += fmt::format(",\n  c.{} AS {}", ParameterColumn(name), QuoteName(name));
  }
  std::string statistics, least, probes, least_probes;
  for (const MetricSpec& metric : catalog.metrics()) {
    const bool of_probes = IsProbeMetric(metric.name);
    (of_probes ? probes : statistics) += StatisticColumns(metric.name);
    (of_probes ? least_probes : least) +=
        fmt::format(", min(r.{0}) AS {0}", MetricColumn(metric.name));
    if (of_probes) statistics += ProbeColumns(metric.name);
  }
  // CROSS JOIN keeps the order of the tables: members lie in the order of the groups, so that
  // nothing has to be sorted.
  return fmt::format(
      "CREATE VIEW cells AS\n"
      "WITH least AS (SELECT m.sweep_key, m.cell_key{}\n"
      "  FROM member m CROSS JOIN run r USING(run_key) WHERE m.in_plan AND r.kind = 'train'\n"
      "  GROUP BY m.sweep_key, m.cell_key){}\n"
      "SELECT s.name AS sweep, c.cell AS cell{},\n  count(*) AS runs{}\n"
      "FROM member m CROSS JOIN run r USING(run_key)\n"
      "  CROSS JOIN least ON least.sweep_key = m.sweep_key AND least.cell_key = m.cell_key\n"
      "  CROSS JOIN sweep s ON s.sweep_key = m.sweep_key\n"
      "  CROSS JOIN cell c ON c.cell_key = m.cell_key{}\n"
      "WHERE m.in_plan AND r.kind = 'train' GROUP BY m.sweep_key, m.cell_key",
      least, probes.empty() ? "" : ProbeTable(probes, least_probes), parameters, statistics,
      probes.empty() ? ""
                     : "\n  LEFT JOIN probe p ON p.sweep_key = m.sweep_key AND p.cell_key = "
                       "m.cell_key");
}

constexpr const char* kAttemptsView =
    "CREATE VIEW attempts AS SELECT r.id AS run, a.number AS number, r.kind AS kind,\n"
    "  a.host AS host, a.pid AS pid, a.started_ms AS started_ms, a.ended_ms AS ended_ms,\n"
    "  a.outcome AS outcome, a.exit_code AS exit_code, a.signal AS signal,\n"
    "  a.cpu_seconds AS cpu_seconds, a.peak_rss_bytes AS peak_rss_bytes,\n"
    "  a.peak_rss_method AS peak_rss_method, a.run_delay_share AS run_delay_share,\n"
    "  a.peak_cgroup_bytes AS peak_cgroup_bytes, a.error AS error, a.note AS note,\n"
    "  a.counts AS counts, a.executor AS executor, a.external_id AS external_id,\n"
    "  a.boot_id AS boot_id, a.process_start AS process_start,\n"
    "  a.lease_until_ms AS lease_until_ms, a.resources_json AS resources_json,\n"
    "  a.provenance_json AS provenance_json, a.log_path AS log_path\n"
    "FROM attempt a JOIN run r USING(run_key)";

constexpr const char* kHistoryView =
    "CREATE VIEW history AS SELECT r.id AS run, a.number AS attempt, s.metric AS metric,\n"
    "  nullif(s.split, '') AS split, iif(h.is_final, NULL, h.step) AS step, h.value AS value,\n"
    "  h.value IS NULL AS is_nan\n"
    "FROM measurement h JOIN series s USING(series_key) JOIN attempt a USING(attempt_key)\n"
    "  JOIN run r USING(run_key)";

constexpr const char* kVerificationsView =
    "CREATE VIEW verifications AS SELECT r.id AS run, v.host AS host, v.started_ms AS started_ms,\n"
    "  v.ended_ms AS ended_ms, v.difference IS NULL AS equal, v.difference AS difference,\n"
    "  v.provenance_json AS provenance_json, v.log_path AS log_path\n"
    "FROM verification v JOIN run r USING(run_key)";

}  // namespace

Status MakeViews(Connection& connection) {
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  SF_TRY(connection.Execute(
      "DROP VIEW IF EXISTS runs; DROP VIEW IF EXISTS cells; DROP VIEW IF EXISTS attempts; "
      "DROP VIEW IF EXISTS history; DROP VIEW IF EXISTS verifications"));
  SF_TRY(connection.Execute(RunsView(catalog)));
  SF_TRY(connection.Execute(CellsView(catalog)));
  SF_TRY(connection.Execute(kAttemptsView));
  SF_TRY(connection.Execute(kHistoryView));
  return connection.Execute(kVerificationsView);
}

}  // namespace sweepformer
