#include "tools/chaos/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "orchestrator/sql/connection.h"

namespace sweepformer::chaos {
namespace {

/// The first column of the only row.
Result<int> Count(const Connection& connection, const std::string& sql) {
  SF_ASSIGN(const Value value, connection.QueryValue(sql));
  const auto* number = std::get_if<std::int64_t>(&value);
  return number ? static_cast<int>(*number) : 0;
}

Status CountAttempts(const Connection& connection, Audit& audit) {
  SF_ASSIGN(
      Statement rows,
      connection.Prepare("SELECT coalesce(outcome, 'running'), count(*) FROM attempts GROUP BY 1"));
  SF_ASSIGN(bool row, rows.Step());
  while (row) {
    audit.attempts[rows.Text(0)] = static_cast<int>(rows.Int(1));
    SF_ASSIGN(row, rows.Step());
  }
  return {};
}

Status CountResults(const Connection& connection, Audit& audit) {
  SF_ASSIGN(audit.runs, Count(connection, "SELECT count(*) FROM run"));
  SF_ASSIGN(audit.succeeded,
            Count(connection, "SELECT count(*) FROM run WHERE state = 'succeeded'"));
  SF_ASSIGN(
      Statement row,
      connection.Prepare("SELECT min(n), max(n) FROM (SELECT count(a.attempt_key) AS n FROM run "
                         "LEFT JOIN attempt a ON a.run_key = run.run_key AND a.outcome = "
                         "'completed' GROUP BY run.run_key)"));
  SF_TRY(row.Step().status());
  audit.fewest_accepted = static_cast<int>(row.Int(0));
  audit.most_accepted = static_cast<int>(row.Int(1));
  return {};
}

/// An attempt of the store.
struct Attempt {
  std::int64_t run = 0;
  std::int64_t number = 0;
};

struct KnownAttempts {
  std::map<std::int64_t, Attempt> by_key;
  std::map<std::pair<pid_t, std::int64_t>, std::int64_t> by_process;
};

Result<KnownAttempts> ReadAttempts(const Connection& connection) {
  SF_ASSIGN(Statement rows, connection.Prepare("SELECT attempt_key, run_key, number, pid, "
                                               "process_start FROM attempt"));
  KnownAttempts known;
  SF_ASSIGN(bool row, rows.Step());
  while (row) {
    known.by_key[rows.Int(0)] = {rows.Int(1), rows.Int(2)};
    if (!rows.IsNull(3)) {
      known.by_process[{static_cast<pid_t>(rows.Int(3)), rows.Int(4)}] = rows.Int(0);
    }
    SF_ASSIGN(row, rows.Step());
  }
  return known;
}

/// In which looks anything of each attempt was alive, by run and number.
std::map<std::int64_t, std::map<std::int64_t, Life>> LivesByRun(const ProcessWatch& watch,
                                                                const KnownAttempts& known,
                                                                Audit& audit) {
  std::map<std::int64_t, std::map<std::int64_t, Life>> by_run;
  for (const auto& [process, life] : watch.lives()) {
    const auto recorded = known.by_process.find(process);
    const std::int64_t key = recorded != known.by_process.end() ? recorded->second : life.attempt;
    const auto attempt = known.by_key.find(key);
    if (attempt == known.by_key.end()) continue;
    ++audit.judged_processes;
    const auto [it, is_new] = by_run[attempt->second.run].emplace(attempt->second.number, life);
    if (is_new) continue;
    it->second.first_look = std::min(it->second.first_look, life.first_look);
    it->second.last_look = std::max(it->second.last_look, life.last_look);
  }
  return by_run;
}

/// By the processes seen, and by the times recorded.
Status CountOverlaps(const Connection& connection, const ProcessWatch& watch, Audit& audit) {
  SF_ASSIGN(const KnownAttempts known, ReadAttempts(connection));
  for (const auto& [run, attempts] : LivesByRun(watch, known, audit)) {
    int last_look = 0;
    for (const auto& [number, life] : attempts) {
      if (life.first_look <= last_look) ++audit.overlaps;
      last_look = std::max(last_look, life.last_look);
    }
  }
  SF_ASSIGN(const int recorded,
            Count(connection,
                  "SELECT count(*) FROM attempt a JOIN attempt b ON a.run_key = b.run_key "
                  "AND a.number < b.number WHERE a.ended_ms IS NULL OR b.started_ms < "
                  "a.ended_ms"));
  audit.overlaps += recorded;
  return {};
}

/// All, where the worker declares none.
Result<std::vector<std::string>> ReproducibleMetrics(const Connection& connection) {
  SF_ASSIGN(Statement rows, connection.Prepare("SELECT name FROM metric WHERE reproducible OR NOT "
                                               "EXISTS (SELECT 1 FROM metric WHERE reproducible)"));
  std::vector<std::string> names;
  SF_ASSIGN(bool row, rows.Step());
  while (row) {
    names.push_back(rows.Text(0));
    SF_ASSIGN(row, rows.Step());
  }
  return names;
}

Status CompareFigures(const Connection& connection, Audit& audit) {
  SF_ASSIGN(const std::vector<std::string> metrics, ReproducibleMetrics(connection));
  for (const std::string& name : metrics) {
    const std::string column = '"' + name + '"';
    SF_ASSIGN(
        const int compared,
        Count(connection, fmt::format("SELECT count(calm.{0}) FROM calm.runs calm JOIN main.runs "
                                      "r USING(sweep, id)",
                                      column)));
    SF_ASSIGN(
        const int differing,
        Count(connection, fmt::format("SELECT count(*) FROM calm.runs calm LEFT JOIN main.runs r "
                                      "USING(sweep, id) WHERE calm.{0} IS NOT r.{0}",
                                      column)));
    audit.figures += compared;
    audit.differing += differing;
  }
  SF_ASSIGN(audit.test_hits_differing,
            Count(connection,
                  "SELECT count(*) FROM calm.run c JOIN calm.test_hits t USING(run_key) LEFT JOIN "
                  "main.run r ON r.id = c.id LEFT JOIN main.test_hits u ON u.run_key = r.run_key "
                  "WHERE t.hits IS NOT u.hits"));
  return {};
}

std::string Line(std::string_view what, int seen, std::string_view wanted) {
  return fmt::format("{:<44} {:>8}   {}\n", what, seen, wanted);
}

}  // namespace

Result<Audit> AuditStores(const std::filesystem::path& disturbed,
                          const std::filesystem::path& undisturbed, const ProcessWatch& watch) {
  SF_ASSIGN(Connection connection, Connection::Open(disturbed, OpenMode::kReadOnly));
  SF_ASSIGN(Statement attach, connection.Prepare("ATTACH ? AS calm"));
  SF_TRY(attach.BindAll(undisturbed.string()).Run());
  Audit audit;
  SF_TRY(CountAttempts(connection, audit));
  SF_TRY(CountResults(connection, audit));
  SF_TRY(CountOverlaps(connection, watch, audit));
  SF_TRY(CompareFigures(connection, audit));
  return audit;
}

bool Passed(const Audit& audit, const CampaignLog& log) {
  return audit.succeeded == audit.runs && audit.fewest_accepted == 1 && audit.most_accepted == 1 &&
         audit.overlaps == 0 && audit.figures > 0 && audit.differing == 0 &&
         audit.test_hits_differing == 0 && log.most_survivors == 0 && log.oddities.empty();
}

std::string AuditText(const Audit& audit, const CampaignLog& log) {
  std::string text;
  for (const auto& [role, count] : log.kills)
    text += Line(fmt::format("kills of: {}", Word(role)), count, "");
  text += Line("launches of the same command", log.launches, "");
  for (const auto& [outcome, count] : audit.attempts)
    text += Line("attempts: " + outcome, count, "");
  text += Line("runs", audit.runs, "");
  text += Line("runs that succeeded", audit.succeeded, fmt::format("must be {}", audit.runs));
  text += Line("accepted results of a run, fewest", audit.fewest_accepted, "must be 1");
  text += Line("accepted results of a run, most", audit.most_accepted, "must be 1");
  text += Line(fmt::format("overlaps of attempts ({} processes seen)", audit.judged_processes),
               audit.overlaps, "must be 0");
  text += Line(fmt::format("of {} reproducible figures, differing", audit.figures), audit.differing,
               "must be 0");
  text += Line("runs whose test hits differ", audit.test_hits_differing, "must be 0");
  text += Line(fmt::format("processes alive 1 s after a kill ({} checks)", log.checks),
               log.most_survivors, "must be 0");
  text += Line("ends and silences no kill explains", static_cast<int>(log.oddities.size()),
               "must be 0");
  for (const std::string& oddity : log.oddities) text += "  " + oddity + "\n";
  return text;
}

}  // namespace sweepformer::chaos
