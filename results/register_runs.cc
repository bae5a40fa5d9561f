#include <fmt/format.h>

#include <set>
#include <unordered_map>
#include <unordered_set>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/crash_point.h"
#include "results/catalog.h"
#include "results/change.h"
#include "results/store.h"
#include "results/views.h"

namespace sweepformer {
namespace {

/// NULL for what is not there, which reads better in SQL than an empty text.
Value TextOrNull(const std::string& text) { return text.empty() ? Value() : Value(text); }

/// What a sweep is after must be able to get a column when a run reports it.
Status CheckGoals(const Catalog& catalog, const Registration& registration) {
  for (const auto* names : {&registration.maximize, &registration.minimize}) {
    for (const std::string& name : *names) {
      if (const auto clash = catalog.MetricClash(name)) return InvalidArgument(*clash);
    }
  }
  return {};
}

Status AddColumns(Connection& connection, const Registration& registration) {
  SF_ASSIGN(Catalog catalog, Catalog::Read(connection));
  std::vector<std::string> names = registration.parameters;
  std::set<std::string, NameLess> listed(names.begin(), names.end());
  std::unordered_set<std::string_view> seen;
  for (const SweepMember& member : registration.runs) {
    if (!seen.insert(member.config.cell()).second) continue;
    for (const auto& [name, value] : member.config.parameters()) {
      if (listed.insert(name).second) names.push_back(name);
    }
  }
  SF_ASSIGN(const bool parameters, catalog.AddParameters(connection, names));
  SF_ASSIGN(const bool metrics, catalog.AddMetrics(connection, registration.metrics));
  SF_TRY(CheckGoals(catalog, registration));
  return parameters || metrics ? MakeViews(connection) : Status();
}

Result<std::int64_t> SaveSweep(Connection& connection, const Registration& registration) {
  SF_ASSIGN(
      Statement save,
      connection.Prepare(
          "INSERT INTO sweep(name, about, spec_text, worker, worker_version, description_json, "
          "first_launched_ms, last_launched_ms) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7) "
          "ON CONFLICT(name) DO UPDATE SET about = excluded.about, spec_text = excluded.spec_text, "
          "worker = excluded.worker, worker_version = excluded.worker_version, "
          "description_json = excluded.description_json, "
          "last_launched_ms = excluded.last_launched_ms RETURNING sweep_key"));
  save.BindAll(registration.sweep, registration.about, registration.spec_text, registration.worker,
               registration.worker_version, TextOrNull(registration.description_json), WallMs());
  SF_TRY(save.Step().status());
  return save.Int(0);
}

Status SaveGoals(Connection& connection, std::int64_t sweep, const Registration& registration) {
  SF_ASSIGN(Statement clear, connection.Prepare("DELETE FROM goal WHERE sweep_key = ?"));
  SF_TRY(clear.BindAll(sweep).Run());
  SF_ASSIGN(Statement insert, connection.Prepare("INSERT INTO goal VALUES (?, ?, ?, ?)"));
  std::int64_t position = 0;
  const auto add = [&](const std::vector<std::string>& metrics, Goal direction) -> Status {
    for (const std::string& metric : metrics) {
      SF_TRY(insert.BindAll(sweep, position++, metric, std::string(GoalWord(direction))).Run());
    }
    return {};
  };
  SF_TRY(add(registration.maximize, Goal::kMaximize));
  return add(registration.minimize, Goal::kMinimize);
}

/// Inserts cells, each once, and knows their keys.
class CellWriter {
 public:
  static Result<CellWriter> Make(Connection& connection) {
    CellWriter writer(connection);
    SF_ASSIGN(Catalog catalog, Catalog::Read(connection));
    writer.names_ = catalog.parameters();
    std::string columns, places;
    for (const std::string& name : writer.names_) {
      columns += ", " + ParameterColumn(name);
      places += ", ?";
    }
    SF_ASSIGN(writer.insert_, connection.Prepare(fmt::format(
                                  "INSERT OR IGNORE INTO cell(cell, dataset_fingerprint, "
                                  "worker_version{}) VALUES (?, ?, ?{})",
                                  columns, places)));
    SF_ASSIGN(writer.find_, connection.Prepare("SELECT cell_key FROM cell WHERE cell = ?"));
    return writer;
  }

  Result<std::int64_t> KeyOf(const RunConfig& config) {
    const auto [it, is_new] = keys_.try_emplace(config.cell(), 0);
    if (is_new) {
      SF_ASSIGN(it->second, InsertOrFind(config));
    }
    return it->second;
  }

 private:
  explicit CellWriter(Connection& connection) : connection_(&connection) {}

  Result<std::int64_t> InsertOrFind(const RunConfig& config) {
    const Parameters parameters = config.parameters();
    insert_->BindAll(config.cell(), config.basis().dataset_fingerprint,
                     config.basis().worker_version);
    int place = 3;
    for (const std::string& name : names_) {
      const auto it = parameters.find(name);
      insert_->Bind(++place, it == parameters.end() ? Value() : it->second);
    }
    SF_TRY(insert_->Run());
    if (connection_->changes() == 1) return connection_->last_insert_rowid();
    SF_TRY(find_->BindAll(config.cell()).Step().status());
    const std::int64_t key = find_->Int(0);
    find_->Reset();
    return key;
  }

  Connection* connection_;
  std::vector<std::string> names_;
  std::optional<Statement> insert_;
  std::optional<Statement> find_;
  std::unordered_map<std::string, std::int64_t> keys_;
};

Status SaveRuns(Connection& connection, const Registration& registration, CellWriter& cells,
                std::int64_t change) {
  SF_ASSIGN(Statement insert,
            connection.Prepare("INSERT OR IGNORE INTO run(id, cell_key, kind, seed, parent, state, "
                               "changed) VALUES (?, ?, ?, ?, ?, 'pending', ?)"));
  for (const SweepMember& member : registration.runs) {
    const RunConfig& config = member.config;
    SF_ASSIGN(const std::int64_t cell, cells.KeyOf(config));
    SF_TRY(insert
               .BindAll(config.id(), cell, std::string(RunKindWord(config.kind())), config.seed(),
                        TextOrNull(config.parent()), change)
               .Run());
  }
  return {};
}

/// Moves a probe to the cell it measures now. Its id knows nothing of parents and its cell does, so
/// that a new [[init_from]] takes it along. Out of the plan first: the tally counts by what enters
/// and leaves.
Status MoveProbe(Connection& connection, std::int64_t sweep, const std::string& run,
                 std::int64_t cell) {
  for (const char* change : {"in_plan = 0", "cell_key = ?3"}) {
    SF_ASSIGN(Statement move,
              connection.PrepareKept(fmt::format(
                  "UPDATE member INDEXED BY member_by_run SET {} WHERE sweep_key = ?1 AND run_key "
                  "= (SELECT run_key FROM run WHERE id = ?2) AND cell_key <> ?3",
                  change)));
    SF_TRY(move.BindAll(sweep, run, cell).Run());
  }
  return {};
}

/// Positions and labels of a whole registration are the plan's; a narrowed one appends what is new
/// and takes no label away.
Status SaveMembers(Connection& connection, std::int64_t sweep, const Registration& registration,
                   CellWriter& cells, std::int64_t change) {
  SF_ASSIGN(const Value end,
            connection.QueryValue(fmt::format("SELECT coalesce(max(position) + 1, 0) FROM member "
                                              "WHERE sweep_key = {}",
                                              sweep)));
  std::int64_t position = registration.whole ? 0 : std::get<std::int64_t>(end);
  SF_ASSIGN(Statement save,
            connection.Prepare("INSERT INTO member SELECT ?1, ?6, run_key, ?3, ?4, 1, state "
                               "= 'succeeded' FROM run "
                               "WHERE id = ?2 "
                               "ON CONFLICT DO UPDATE SET in_plan = 1, "
                               "label = iif(?5, excluded.label, coalesce(excluded.label, label)), "
                               "position = iif(?5, excluded.position, position) "
                               "WHERE in_plan = 0 OR (label IS NOT excluded.label AND (?5 OR "
                               "excluded.label IS NOT NULL)) "
                               "OR (?5 AND position <> excluded.position)"));
  SF_ASSIGN(Statement touch,
            connection.Prepare("UPDATE run SET changed = ?2 WHERE id = ?1 AND changed <> ?2"));
  for (const SweepMember& member : registration.runs) {
    const std::string& id = member.config.id();
    SF_ASSIGN(const std::int64_t cell, cells.KeyOf(member.config));
    const int before = sqlite3_total_changes(connection.handle());
    if (member.config.kind() == RunKind::kProbe) SF_TRY(MoveProbe(connection, sweep, id, cell));
    SF_TRY(save.BindAll(sweep, id, position++, TextOrNull(member.label),
                        std::int64_t{registration.whole}, cell)
               .Run());
    if (sqlite3_total_changes(connection.handle()) > before)
      SF_TRY(touch.BindAll(id, change).Run());
  }
  return {};
}

/// Marks members that the registration, a whole one, no longer names.
Status MarkLeftOut(Connection& connection, std::int64_t sweep, const Registration& registration,
                   std::int64_t change) {
  std::unordered_set<std::string> named;
  for (const SweepMember& member : registration.runs) named.insert(member.config.id());
  SF_ASSIGN(Statement members,
            connection.Prepare("SELECT id, run_key, member.cell_key FROM member "
                               "JOIN run USING(run_key) WHERE sweep_key = ? AND in_plan"));
  std::vector<std::pair<std::int64_t, std::int64_t>> left_out;
  SF_ASSIGN(bool row, members.BindAll(sweep).Step());
  while (row) {
    if (!named.contains(members.Text(0))) left_out.emplace_back(members.Int(1), members.Int(2));
    SF_ASSIGN(row, members.Step());
  }
  SF_ASSIGN(Statement mark,
            connection.Prepare("UPDATE member SET in_plan = 0 WHERE sweep_key = ? AND run_key = ? "
                               "AND cell_key = ?"));
  SF_ASSIGN(Statement touch, connection.Prepare("UPDATE run SET changed = ? WHERE run_key = ?"));
  for (const auto& [run, cell] : left_out) {
    SF_TRY(mark.BindAll(sweep, run, cell).Run());
    SF_TRY(touch.BindAll(change, run).Run());
  }
  return {};
}

}  // namespace

Status ResultStore::RegisterRuns(const Registration& registration) {
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection_));
  SF_TRY(AddColumns(connection_, registration));
  SF_ASSIGN(const std::int64_t change, NextChange(connection_));
  SF_ASSIGN(const std::int64_t sweep, SaveSweep(connection_, registration));
  SF_TRY(SaveGoals(connection_, sweep, registration));
  SF_ASSIGN(CellWriter cells, CellWriter::Make(connection_));
  SF_TRY(SaveRuns(connection_, registration, cells, change));
  SF_TRY(SaveMembers(connection_, sweep, registration, cells, change));
  if (registration.whole) SF_TRY(MarkLeftOut(connection_, sweep, registration, change));
  Reach(CrashPoint::kInRegister);
  return transaction.Commit();
}

}  // namespace sweepformer
