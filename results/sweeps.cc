#include "results/sweeps.h"

#include <fmt/format.h>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

Result<std::vector<SweepGoal>> GoalsOf(const Connection& connection, std::int64_t sweep) {
  SF_ASSIGN(Statement goals, connection.Prepare("SELECT metric, direction FROM goal "
                                                "WHERE sweep_key = ? ORDER BY position"));
  std::vector<SweepGoal> metrics;
  SF_ASSIGN(bool row, goals.BindAll(sweep).Step());
  while (row) {
    metrics.push_back({goals.Text(0), ParseGoal(goals.Text(1))});
    SF_ASSIGN(row, goals.Step());
  }
  return metrics;
}

Status CountStates(const Connection& connection, const Sweep& sweep, SweepProgress& progress) {
  SF_ASSIGN(Statement tally,
            connection.Prepare("SELECT runs, in_plan, reused, kind = 'probe', state FROM tally "
                               "WHERE sweep_key = ? AND runs > 0"));
  SF_ASSIGN(bool row, tally.BindAll(sweep.key).Step());
  while (row) {
    const std::int64_t runs = tally.Int(0);
    if (tally.Int(1) == 0) {
      progress.outside_plan += runs;
    } else {
      progress.runs += runs;
      progress.reused += runs * tally.Int(2);
      progress.probes += runs * tally.Int(3);
      if (const auto state = ParseRunState(tally.Text(4))) progress.by_state[*state] += runs;
    }
    SF_ASSIGN(row, tally.Step());
  }
  return {};
}

Status ReadActivity(const Connection& connection, const Sweep& sweep, SweepProgress& progress) {
  SF_ASSIGN(Statement kept,
            connection.Prepare("SELECT (SELECT last_ms FROM activity WHERE sweep_key = ?1), "
                               "(SELECT cells FROM planned_cells WHERE sweep_key = ?1)"));
  SF_TRY(kept.BindAll(sweep.key).Step().status());
  if (!kept.IsNull(0)) progress.last_activity_ms = kept.Int(0);
  progress.cells = kept.Int(1);  // NULL is 0
  return {};
}

/// Of the last attempt of each failed run; max(number) picks its row. The index holds the failed
/// runs of all sweeps, all that is asked of them, and in the order of their attempts.
Status ReadFailures(const Connection& connection, const Sweep& sweep, SweepProgress& progress) {
  if (progress.Count(RunState::kFailed) == 0) return {};
  SF_ASSIGN(
      Statement reasons,
      connection.Prepare("SELECT outcome, coalesce(error, ''), count(*), min(id) FROM ("
                         "  SELECT id, outcome, error, max(number) FROM run INDEXED BY run_failed "
                         "  CROSS JOIN member USING(run_key) CROSS JOIN attempt USING(run_key) "
                         "  WHERE sweep_key = ? AND in_plan AND state = 'failed' GROUP BY run_key) "
                         "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"));
  SF_ASSIGN(bool row, reasons.BindAll(sweep.key).Step());
  while (row) {
    progress.failures.push_back(
        {reasons.Text(0), reasons.Text(1), reasons.Int(2), reasons.Text(3)});
    SF_ASSIGN(row, reasons.Step());
  }
  return {};
}

}  // namespace

std::int64_t SweepProgress::Count(RunState state) const {
  const auto it = by_state.find(state);
  return it == by_state.end() ? 0 : it->second;
}

Result<std::vector<Sweep>> ListSweeps(const Connection& connection) {
  SF_ASSIGN(Statement find,
            connection.Prepare("SELECT sweep_key, name, about, worker, worker_version, "
                               "last_launched_ms FROM sweep ORDER BY last_launched_ms DESC, "
                               "sweep_key DESC"));
  std::vector<Sweep> sweeps;
  SF_ASSIGN(bool row, find.Step());
  while (row) {
    SF_ASSIGN(auto goals, GoalsOf(connection, find.Int(0)));
    sweeps.push_back({find.Int(0), find.Text(1), find.Text(2), find.Text(3), find.Text(4),
                      find.Int(5), std::move(goals)});
    SF_ASSIGN(row, find.Step());
  }
  return sweeps;
}

Result<Sweep> FindSweep(const Connection& connection, const std::string& name) {
  SF_ASSIGN(const std::vector<Sweep> sweeps, ListSweeps(connection));
  std::vector<std::string> names;
  for (const Sweep& sweep : sweeps) {
    if (sweep.name == name) return sweep;
    names.push_back(sweep.name);
  }
  if (names.empty()) {
    return NotFound(
        fmt::format("no sweep '{}': the store has none yet; `sweepformer run SPEC` adds "
                    "one",
                    name));
  }
  const std::string near = DidYouMean(name, names);
  return NotFound(fmt::format("no sweep '{}' in the store{}", name,
                              near.empty() ? "; it has " + JoinWords(names, "and") : near));
}

Result<std::string> SpecTextOf(const Connection& connection, const std::string& sweep) {
  SF_ASSIGN(Statement find, connection.Prepare("SELECT spec_text FROM sweep WHERE name = ?"));
  SF_ASSIGN(const bool found, find.BindAll(sweep).Step());
  return found ? find.Text(0) : std::string();
}

Result<SweepProgress> ProgressOf(const Connection& connection, const Sweep& sweep) {
  SweepProgress progress;
  SF_TRY(CountStates(connection, sweep, progress));
  SF_TRY(ReadActivity(connection, sweep, progress));
  SF_TRY(ReadFailures(connection, sweep, progress));
  return progress;
}

}  // namespace sweepformer
