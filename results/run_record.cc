#include "results/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "results/catalog.h"

namespace sweepformer {
namespace {

constexpr std::size_t kShortestPrefix = 4;
constexpr int kMostCandidates = 10;

std::optional<std::int64_t> IntOrNone(const Statement& row, int column) {
  return row.IsNull(column) ? std::nullopt : std::optional(row.Int(column));
}

/// Lower-case hex digits of `prefix`, or why it is none.
Result<std::string> CheckedPrefix(const std::string& prefix) {
  std::string digits;
  for (const char c : prefix) {
    const auto byte = static_cast<unsigned char>(c);
    if (!std::isxdigit(byte)) {
      return InvalidArgument(
          fmt::format("'{}' is no run id: ids are hex digits, as in "
                      "`sweepformer query \"SELECT id, state FROM runs\"`",
                      prefix));
    }
    digits += static_cast<char>(std::tolower(byte));
  }
  if (digits.size() >= kShortestPrefix) return digits;
  return InvalidArgument(fmt::format("'{}' is too short for a run id: give at least {} digits",
                                     prefix, kShortestPrefix));
}

std::string CandidateList(Statement& candidates) {
  std::string list;
  for (int i = 0; i < kMostCandidates; ++i) {
    list += fmt::format("\n  {}  {} (seed {})", candidates.Text(1), candidates.Text(2),
                        candidates.Int(3));
    const Result<bool> row = candidates.Step();
    if (!row.ok() || !*row) return list;
  }
  return list + "\n  …";
}

/// The key of the one run. Ids that start with the digits lie between them and them with a 'g'.
Result<std::int64_t> FindKey(const Connection& connection, const std::string& prefix) {
  SF_ASSIGN(const std::string digits, CheckedPrefix(prefix));
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT run_key, id, state, seed, count(*) OVER () FROM run "
                               "WHERE id >= ?1 AND id < ?1 || 'g' ORDER BY id"));
  SF_ASSIGN(const bool found, find.BindAll(digits).Step());
  if (!found) {
    return NotFound(
        fmt::format("no run whose id starts with '{}' in the store; `sweepformer query "
                    "\"SELECT id, state FROM runs\"` lists them",
                    prefix));
  }
  if (find.Int(4) == 1) return find.Int(0);
  const std::int64_t count = find.Int(4);
  return InvalidArgument(fmt::format("'{}' is the start of {} run ids, give more digits:{}", prefix,
                                     count, CandidateList(find)));
}

Status ReadRun(const Connection& connection, std::int64_t key, RunRecord& record) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT id, cell, kind, seed, coalesce(parent, ''), state, "
                               "attempts_used, worker_version, dataset_fingerprint "
                               "FROM run JOIN cell USING(cell_key) WHERE run_key = ?"));
  SF_TRY(find.BindAll(key).Step().status());
  record.id = find.Text(0);
  record.cell = find.Text(1);
  record.kind = find.Text(2);
  record.seed = find.Int(3);
  record.parent = find.Text(4);
  record.state = ParseRunState(find.Text(5)).value_or(RunState::kPending);
  record.attempts_used = static_cast<int>(find.Int(6));
  record.worker_version = find.Text(7);
  record.dataset_fingerprint = find.Text(8);
  return {};
}

Status ReadParameters(const Connection& connection, std::int64_t key, const Catalog& catalog,
                      RunRecord& record) {
  std::string columns = "run_key";
  for (const std::string& name : catalog.parameters()) columns += ", " + ParameterColumn(name);
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format(
                "SELECT {} FROM run JOIN cell USING(cell_key) WHERE run_key = ?", columns)));
  SF_TRY(find.BindAll(key).Step().status());
  int column = 0;
  for (const std::string& name : catalog.parameters()) {
    if (!find.IsNull(++column)) record.parameters.emplace_back(name, find.Column(column));
  }
  return {};
}

Status ReadMetrics(const Connection& connection, std::int64_t key, const Catalog& catalog,
                   RunRecord& record) {
  std::string columns = "coalesce(nan_metrics, '')";
  for (const MetricSpec& metric : catalog.metrics()) columns += ", " + MetricColumn(metric.name);
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format("SELECT {} FROM run WHERE run_key = ?", columns)));
  SF_TRY(find.BindAll(key).Step().status());
  SF_ASSIGN(Statement is_nan, connection.Prepare("SELECT count(*) FROM run, json_each(nan_metrics) "
                                                 "WHERE run_key = ? AND lower(value) = lower(?)"));
  int column = 0;
  for (const MetricSpec& metric : catalog.metrics()) {
    if (!find.IsNull(++column)) {
      record.metrics.push_back({metric, find.Real(column)});
      continue;
    }
    SF_TRY(is_nan.BindAll(key, metric.name).Step().status());
    if (is_nan.Int(0) > 0) {
      record.metrics.push_back({metric, std::numeric_limits<double>::quiet_NaN()});
    }
    is_nan.Reset();
  }
  return {};
}

/// What the worker does not declare may be said by the [goal] of a sweep.
Status ReadGoals(const Connection& connection, std::int64_t key, RunRecord& record) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT direction FROM goal JOIN member USING(sweep_key) "
                               "WHERE run_key = ? AND metric = ?"));
  for (FinalMetric& metric : record.metrics) {
    if (metric.spec.goal != Goal::kNone) continue;
    SF_ASSIGN(const bool found, find.BindAll(key, metric.spec.name).Step());
    if (found) metric.spec.goal = ParseGoal(find.Text(0));
    find.Reset();
  }
  return {};
}

/// Whether the sweep's plan has another run of the same parameters, seed and kind.
Result<bool> IsReplaced(const Connection& connection, std::int64_t key, std::int64_t sweep,
                        const Catalog& catalog) {
  std::string same;
  for (const std::string& name : catalog.parameters())
    same += fmt::format(" AND c.{0} IS old_cell.{0}", ParameterColumn(name));
  SF_ASSIGN(Statement find,
            connection.Prepare(fmt::format(
                "SELECT EXISTS (SELECT 1 FROM run old JOIN cell old_cell USING(cell_key) "
                "CROSS JOIN member m CROSS JOIN cell c ON c.cell_key = m.cell_key "
                "CROSS JOIN run r ON r.run_key = m.run_key WHERE old.run_key = ? AND "
                "m.sweep_key = ? AND m.in_plan AND r.seed = old.seed AND r.kind = old.kind{})",
                same)));
  SF_TRY(find.BindAll(key, sweep).Step().status());
  return find.Int(0) != 0;
}

Status ReadSweeps(const Connection& connection, std::int64_t key, const Catalog& catalog,
                  RunRecord& record) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare("SELECT name, coalesce(label, ''), in_plan, reused, sweep_key FROM "
                         "member JOIN sweep USING(sweep_key) WHERE run_key = ? ORDER BY name"));
  SF_ASSIGN(bool row, find.BindAll(key).Step());
  while (row) {
    Membership& member = record.sweeps.emplace_back();
    member = {find.Text(0), find.Text(1), find.Int(2) != 0, find.Int(3) != 0, false};
    if (!member.in_plan) {
      SF_ASSIGN(member.replaced, IsReplaced(connection, key, find.Int(4), catalog));
    }
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

Status ReadAttempts(const Connection& connection, std::int64_t key, RunRecord& record) {
  SF_ASSIGN(
      Statement find,
      connection.Prepare("SELECT attempt_key, number, host, pid, started_ms, ended_ms, "
                         "outcome, coalesce(counts, 1), exit_code, signal, error, note, "
                         "provenance_json, resources_json, log_path FROM attempt WHERE run_key = ? "
                         "ORDER BY number"));
  SF_ASSIGN(bool row, find.BindAll(key).Step());
  while (row) {
    record.attempts.push_back({find.Int(0), static_cast<int>(find.Int(1)), find.Text(2),
                               IntOrNone(find, 3), find.Int(4), IntOrNone(find, 5),
                               ParseOutcome(find.Text(6)), find.Int(7) != 0, IntOrNone(find, 8),
                               IntOrNone(find, 9), find.Text(10), find.Text(11), find.Text(12),
                               find.Text(13), find.Text(14)});
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

/// The attempt whose result the run has, else its last.
std::int64_t TellingAttempt(const RunRecord& record) {
  const auto completed = [](const AttemptRow& row) { return row.outcome == Outcome::kCompleted; };
  const auto it = std::find_if(record.attempts.rbegin(), record.attempts.rend(), completed);
  const bool has_result = record.state == RunState::kSucceeded && it != record.attempts.rend();
  return has_result ? it->key : record.attempts.back().key;
}

Status ReadCurves(const Connection& connection, RunRecord& record) {
  if (record.attempts.empty()) return {};
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT metric, split, step, value FROM measurement "
                               "JOIN series USING(series_key) WHERE attempt_key = ? "
                               "AND NOT is_final ORDER BY metric, split, step"));
  SF_ASSIGN(bool row, find.BindAll(TellingAttempt(record)).Step());
  while (row) {
    const std::string metric = find.Text(0);
    const std::string split = find.Text(1);
    if (record.curves.empty() || record.curves.back().metric != metric ||
        record.curves.back().split != split) {
      record.curves.push_back({metric, split, {}});
    }
    record.curves.back().points.emplace_back(
        find.Int(2), find.IsNull(3) ? std::numeric_limits<double>::quiet_NaN() : find.Real(3));
    SF_ASSIGN(row, find.Step());
  }
  return {};
}

}  // namespace

Result<RunRecord> FindRun(const Connection& connection, const std::string& prefix) {
  SF_ASSIGN(const std::int64_t key, FindKey(connection, prefix));
  SF_ASSIGN(const Catalog catalog, Catalog::Read(connection));
  RunRecord record;
  SF_TRY(ReadRun(connection, key, record));
  SF_TRY(ReadParameters(connection, key, catalog, record));
  SF_TRY(ReadMetrics(connection, key, catalog, record));
  SF_TRY(ReadGoals(connection, key, record));
  SF_TRY(ReadSweeps(connection, key, catalog, record));
  SF_TRY(ReadAttempts(connection, key, record));
  SF_TRY(ReadCurves(connection, record));
  SF_ASSIGN(record.verifications, VerificationsOf(connection, record.id));
  return record;
}

Result<std::string> LastSpecOf(const Connection& connection, const std::string& run) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT spec_text FROM run JOIN member USING(run_key) "
                               "JOIN sweep USING(sweep_key) WHERE id = ? "
                               "ORDER BY in_plan DESC, last_launched_ms DESC LIMIT 1"));
  SF_ASSIGN(const bool found, find.BindAll(run).Step());
  return found ? find.Text(0) : std::string();
}

}  // namespace sweepformer
