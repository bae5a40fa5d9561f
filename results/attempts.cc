#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "orchestrator/core/crash_point.h"
#include "results/catalog.h"
#include "results/change.h"
#include "results/store.h"
#include "results/views.h"

namespace sweepformer {
namespace {

template <typename T>
Value OrNull(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

Value OrNull(const std::optional<int>& value) {
  return value ? Value(std::int64_t{*value}) : Value();
}

Value OrNull(const std::string& text) { return text.empty() ? Value() : Value(text); }

/// A run as BeginAttempt finds it.
struct Found {
  std::int64_t key = 0;
  int next_number = 1;
};

Result<Found> FindIdleRun(const Connection& connection, const std::string& run) {
  SF_ASSIGN(Statement find,
            connection.PrepareKept("SELECT run_key, "
                                   "(SELECT coalesce(max(number), 0) + 1 FROM attempt a "
                                   " WHERE a.run_key = run.run_key), "
                                   "EXISTS (SELECT 1 FROM attempt a WHERE a.run_key = run.run_key "
                                   " AND ended_ms IS NULL) FROM run WHERE id = ?"));
  SF_ASSIGN(const bool known, find.BindAll(run).Step());
  if (!known) return NotFound(fmt::format("no run {} in the store", run));
  if (find.Int(2) != 0) return InvalidArgument(fmt::format("run {}: an attempt is under way", run));
  return Found{find.Int(0), static_cast<int>(find.Int(1))};
}

Result<AttemptTicket> InsertAttempt(Connection& connection, const Found& run,
                                    const AttemptStart& start) {
  const std::string log_path = fmt::format("{}/attempt-{}.log", start.log_folder, run.next_number);
  SF_ASSIGN(
      Statement insert,
      connection.PrepareKept("INSERT INTO attempt(run_key, number, executor, host, boot_id, "
                             "resources_json, log_path, started_ms) VALUES (?, ?, ?, ?, ?, ?, ?, "
                             "?)"));
  SF_TRY(insert
             .BindAll(run.key, std::int64_t{run.next_number}, start.executor, start.host,
                      start.boot_id, start.resources_json, log_path, start.started_ms)
             .Run());
  return AttemptTicket{connection.last_insert_rowid(), run.next_number, log_path};
}

/// A run that has succeeded stays so, whatever becomes of an attempt to make its weights again.
Status SetState(Connection& connection, std::int64_t run, RunState state, bool counts = false) {
  SF_ASSIGN(const std::int64_t change, NextChange(connection));
  SF_ASSIGN(Statement update,
            connection.PrepareKept(
                "UPDATE run SET state = iif(state = 'succeeded', state, ?2), changed = ?3, "
                "attempts_used = attempts_used + iif(state = 'succeeded', 0, ?4) "
                "WHERE run_key = ?1"));
  return update.BindAll(run, std::string(Word(state)), change, std::int64_t{counts}).Run();
}

/// Runs that were given up because what they start from had failed, and which has now succeeded.
Status WantHeirs(Connection& connection, std::int64_t run) {
  SF_ASSIGN(Statement update,
            connection.PrepareKept(
                "WITH RECURSIVE heir(run_key, id) AS (SELECT h.run_key, h.id FROM run r JOIN run h "
                "ON h.parent = r.id WHERE r.run_key = ?1 AND h.state = 'aborted' UNION SELECT "
                "h.run_key, h.id FROM heir JOIN run h ON h.parent = heir.id WHERE h.state = "
                "'aborted') UPDATE run SET state = 'pending', changed = (SELECT changed FROM "
                "sequence) WHERE run_key IN (SELECT run_key FROM heir)"));
  return update.BindAll(run).Run();
}

/// The keys of metric and split pairs, made as they are met.
class SeriesKeys {
 public:
  explicit SeriesKeys(Connection& connection) : connection_(connection) {}

  Result<std::int64_t> KeyOf(const std::string& metric, const std::string& split) {
    const auto [it, is_new] = keys_.try_emplace({metric, split}, 0);
    if (is_new) {
      SF_ASSIGN(it->second, FindOrInsert(metric, split));
    }
    return it->second;
  }

 private:
  Result<std::int64_t> FindOrInsert(const std::string& metric, const std::string& split) {
    SF_ASSIGN(Statement insert,
              connection_.PrepareKept("INSERT OR IGNORE INTO series(metric, split) VALUES (?, ?)"));
    SF_TRY(insert.BindAll(metric, split).Run());
    SF_ASSIGN(Statement find, connection_.PrepareKept(
                                  "SELECT series_key FROM series WHERE metric = ? AND split = ?"));
    SF_TRY(find.BindAll(metric, split).Step().status());
    return find.Int(0);
  }

  Connection& connection_;
  std::map<std::pair<std::string, std::string>, std::int64_t> keys_;
};

/// The attempt a result is offered for.
struct Ending {
  std::int64_t run = 0;
  bool acceptable = false;
  bool has_heirs = false;  ///< whether runs start from this one's weights
};

Result<Ending> FindEnding(const Connection& connection, std::int64_t attempt) {
  SF_ASSIGN(
      Statement find,
      connection.PrepareKept("SELECT run_key, ended_ms IS NULL AND number = (SELECT max(number) "
                             "FROM attempt b WHERE b.run_key = a.run_key), EXISTS (SELECT 1 FROM "
                             "run h WHERE h.parent = (SELECT id FROM run r WHERE r.run_key = "
                             "a.run_key)) FROM attempt a WHERE attempt_key = ?"));
  SF_ASSIGN(const bool known, find.BindAll(attempt).Step());
  if (!known) return NotFound(fmt::format("no attempt with the key {} in the store", attempt));
  return Ending{find.Int(0), find.Int(1) != 0, find.Int(2) != 0};
}

Status SaveEnd(Connection& connection, const AttemptEnd& end, const std::string& note) {
  SF_ASSIGN(Statement update,
            connection.PrepareKept(
                "UPDATE attempt SET ended_ms = max(?2, started_ms), outcome = ?3, counts = ?4, "
                "exit_code = ?5, "
                "signal = ?6, cpu_seconds = ?7, peak_rss_bytes = ?8, peak_rss_method = ?9, "
                "run_delay_share = ?10, error = ?11, note = ?12, "
                "peak_cgroup_bytes = ?13, provenance_json = iif(?14 IS NULL, provenance_json, "
                "json_set(coalesce(provenance_json, '{}'), '$.energy_joules', ?14)) WHERE "
                "attempt_key = ?1"));
  return update
      .BindAll(end.key, end.ended_ms, std::string(Word(end.outcome)), std::int64_t{end.counts},
               OrNull(end.exit_code), OrNull(end.signal), OrNull(end.cpu_seconds),
               OrNull(end.peak_rss_bytes), OrNull(end.peak_rss_method), OrNull(end.run_delay_share),
               OrNull(end.error), OrNull(note), OrNull(end.peak_cgroup_bytes),
               OrNull(end.energy_joules))
      .Run();
}

/// As far into an attempt's metrics, by name, one that the store does not know gets a column: those
/// of one run shall not leave the other sweeps of the store without, nor depend on which run of
/// many comes first. What a worker declares is known before.
constexpr std::size_t kMostOfOneRun = 50;

/// Why a metric that comes after `before` others with columns can have none, in words.
std::optional<std::string> NoColumn(const Catalog& catalog, const std::string& name,
                                    std::size_t before) {
  if (auto clash = catalog.MetricClash(name)) return clash;
  if (before < kMostOfOneRun || catalog.FindMetric(name)) return {};
  return fmt::format(
      "no column for the metric '{}': one run brings {} at most that its worker does not declare",
      name, kMostOfOneRun);
}

/// Makes columns for metrics met for the first time. What can have no column is left
/// out of the names returned, and the first few are named in `note`; a worker's odd choice must not
/// stop the sweep.
Result<std::vector<std::string>> MetricsWithColumns(Connection& connection, const AttemptEnd& end,
                                                    std::string& note) {
  SF_ASSIGN(Catalog catalog, Catalog::Read(connection));
  std::vector<std::string> kept;
  bool added = false;
  constexpr int kMostNamed = 3;
  int left_out = 0;
  for (const auto& [name, value] : end.final_metrics) {
    if (const auto why = NoColumn(catalog, name, kept.size())) {
      if (++left_out <= kMostNamed) note += (note.empty() ? "" : "; ") + *why;
      continue;
    }
    if (!catalog.FindMetric(name)) {
      MetricSpec metric;
      metric.name = name;
      SF_ASSIGN(added, catalog.AddMetrics(connection, {&metric, 1}));
    }
    kept.push_back(name);
  }
  if (left_out > kMostNamed) {
    note += fmt::format("; {} more metrics have no column", left_out - kMostNamed);
  }
  if (added) SF_TRY(MakeViews(connection));
  return kept;
}

std::string NanList(const AttemptEnd& end, const std::vector<std::string>& metrics) {
  std::string list;
  for (const std::string& name : metrics) {
    if (!std::isnan(end.final_metrics.at(name))) continue;
    list += (list.empty() ? "[" : ",") + QuoteJson(name);
  }
  return list.empty() ? "" : list + "]";
}

Status SaveFinalMetrics(Connection& connection, std::int64_t run, const AttemptEnd& end,
                        const std::vector<std::string>& metrics) {
  std::string sets;
  for (const std::string& name : metrics) sets += fmt::format(", {} = ?", MetricColumn(name));
  SF_ASSIGN(Statement update,
            connection.Prepare(
                fmt::format("UPDATE run SET nan_metrics = ?{} WHERE run_key = {}", sets, run)));
  update.BindAll(OrNull(NanList(end, metrics)));
  int place = 1;
  for (const std::string& name : metrics) update.Bind(++place, end.final_metrics.at(name));
  return update.Run();
}

/// Eight items to a byte, the first in the lowest bit.
std::vector<std::uint8_t> Packed(const std::vector<bool>& bits) {
  std::vector<std::uint8_t> bytes((bits.size() + 7) / 8, 0);
  for (std::size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) bytes[i / 8] = static_cast<std::uint8_t>(bytes[i / 8] | (1U << (i % 8)));
  }
  return bytes;
}

Status SaveTestHits(Connection& connection, std::int64_t run, const std::vector<bool>& hits) {
  SF_ASSIGN(Statement insert,
            connection.PrepareKept("INSERT OR REPLACE INTO test_hits VALUES (?, ?, ?)"));
  insert.BindAll(run, static_cast<std::int64_t>(hits.size()));
  return insert.BindBlob(3, Packed(hits)).Run();
}

Status SaveResult(Connection& connection, std::int64_t run, const AttemptEnd& end,
                  std::string& note) {
  if (!end.final_metrics.empty()) {
    SF_ASSIGN(const auto metrics, MetricsWithColumns(connection, end, note));
    SF_TRY(SaveFinalMetrics(connection, run, end, metrics));
  }
  return end.test_hits ? SaveTestHits(connection, run, *end.test_hits) : Status();
}

Status UpdateAttempt(Connection& connection, const char* sql, std::int64_t attempt,
                     std::initializer_list<Value> values) {
  SF_ASSIGN(Statement update, connection.PrepareKept(sql));
  int place = 1;
  update.Bind(place, attempt);
  for (const Value& value : values) update.Bind(++place, value);
  SF_TRY(update.Run());
  if (connection.changes() == 1) return {};
  return NotFound(fmt::format("no attempt with the key {} in the store", attempt));
}

}  // namespace

Result<AttemptTicket> ResultStore::BeginAttempt(const std::string& run, const AttemptStart& start) {
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(const Found found, FindIdleRun(connection_, run));
  SF_ASSIGN(AttemptTicket ticket, InsertAttempt(connection_, found, start));
  SF_TRY(SetState(connection_, found.key, RunState::kRunning));
  Reach(CrashPoint::kInBegin);
  SF_TRY(transaction.Commit());
  return ticket;
}

Status ResultStore::TakeBack(std::int64_t attempt) {
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(Statement remove,
            connection_.PrepareKept("DELETE FROM attempt WHERE attempt_key = ? AND pid IS NULL AND "
                                    "ended_ms IS NULL RETURNING run_key"));
  SF_ASSIGN(const bool removed, remove.BindAll(attempt).Step());
  if (!removed) return InvalidArgument(fmt::format("attempt {} has been started", attempt));
  const std::int64_t run = remove.Int(0);
  SF_TRY(remove.Step().status());
  SF_TRY(SetState(connection_, run, RunState::kPending));
  return transaction.Commit();
}

Status ResultStore::RecordProcess(std::int64_t attempt, std::int64_t pid,
                                  std::int64_t process_start, std::int64_t started_ms) {
  return UpdateAttempt(connection_,
                       "UPDATE attempt SET pid = ?2, process_start = ?3, started_ms = ?4 WHERE "
                       "attempt_key = ?1",
                       attempt, {pid, process_start, started_ms});
}

Status ResultStore::RecordProvenance(std::int64_t attempt, const std::string& provenance_json) {
  return UpdateAttempt(connection_,
                       "UPDATE attempt SET provenance_json = ?2 WHERE attempt_key = ?1", attempt,
                       {provenance_json});
}

Status ResultStore::AppendMeasurements(
    std::span<const std::pair<std::int64_t, Measurement>> by_attempt) {
  if (by_attempt.empty()) return {};
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(const std::int64_t change, NextChange(connection_));
  SF_ASSIGN(Statement insert,
            connection_.PrepareKept("INSERT OR REPLACE INTO measurement VALUES (?, ?, ?, ?, ?)"));
  SeriesKeys series(connection_);
  std::set<std::int64_t> attempts;
  for (const auto& [attempt, one] : by_attempt) {
    SF_ASSIGN(const std::int64_t key, series.KeyOf(one.metric, one.split));
    SF_TRY(insert.BindAll(attempt, key, std::int64_t{!one.step}, one.step.value_or(0), one.value)
               .Run());
    attempts.insert(attempt);
  }
  SF_ASSIGN(Statement touch, connection_.PrepareKept(
                                 "UPDATE run SET changed = ?2 WHERE run_key = (SELECT run_key FROM "
                                 "attempt WHERE attempt_key = ?1)"));
  for (const std::int64_t attempt : attempts) SF_TRY(touch.BindAll(attempt, change).Run());
  Reach(CrashPoint::kInEvent);
  return transaction.Commit();
}

Result<bool> ResultStore::FinishAttempt(const AttemptEnd& end) {
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_ASSIGN(const Ending ending, FindEnding(connection_, end.key));
  if (!ending.acceptable) return false;
  std::string note = end.note;
  if (end.outcome == Outcome::kCompleted && end.next_state == RunState::kSucceeded) {
    SF_TRY(SaveResult(connection_, ending.run, end, note));
  }
  SF_TRY(SaveEnd(connection_, end, note));
  SF_TRY(SetState(connection_, ending.run, end.next_state, end.counts));
  if (end.next_state == RunState::kSucceeded && ending.has_heirs)
    SF_TRY(WantHeirs(connection_, ending.run));
  Reach(CrashPoint::kInResult);
  SF_TRY(transaction.Commit());
  return true;
}

Result<std::vector<OpenAttempt>> ResultStore::OpenAttempts() const {
  SF_ASSIGN(
      Statement find,
      connection_.Prepare(
          "SELECT attempt_key, id, number, host, boot_id, pid, process_start "
          "FROM attempt JOIN run USING(run_key) WHERE ended_ms IS NULL ORDER BY attempt_key"));
  std::vector<OpenAttempt> open;
  SF_ASSIGN(bool row, find.Step());
  while (row) {
    open.push_back({find.Int(0), find.Text(1), static_cast<int>(find.Int(2)), find.Text(3),
                    find.Text(4), find.Int(5), find.Int(6)});
    SF_ASSIGN(row, find.Step());
  }
  return open;
}

}  // namespace sweepformer
