#include "results/schema.h"

#include <fmt/format.h>

#include "results/tally.h"
#include "results/views.h"

namespace sweepformer {
namespace {

constexpr const char* kVersion1 = R"sql(
CREATE TABLE sequence(
  only_row INTEGER PRIMARY KEY CHECK(only_row = 1),
  changed INTEGER NOT NULL);
INSERT INTO sequence VALUES (1, 0);

CREATE TABLE sweep(
  sweep_key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  about TEXT NOT NULL,
  spec_text TEXT NOT NULL,
  worker TEXT NOT NULL,
  worker_version TEXT NOT NULL,
  description_json TEXT,
  first_launched_ms INTEGER NOT NULL,
  last_launched_ms INTEGER NOT NULL);

CREATE TABLE goal(
  sweep_key INTEGER NOT NULL REFERENCES sweep,
  position INTEGER NOT NULL,
  metric TEXT NOT NULL COLLATE NOCASE,
  direction TEXT NOT NULL CHECK(direction IN ('maximize', 'minimize')),
  PRIMARY KEY(sweep_key, position)) WITHOUT ROWID;

CREATE TABLE parameter(
  parameter_key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE);

CREATE TABLE metric(
  metric_key INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  unit TEXT NOT NULL,
  goal TEXT NOT NULL,
  reproducible INTEGER NOT NULL,
  doc TEXT NOT NULL);

CREATE TABLE cell(
  cell_key INTEGER PRIMARY KEY,
  cell TEXT NOT NULL UNIQUE,
  dataset_fingerprint TEXT NOT NULL,
  worker_version TEXT NOT NULL);

CREATE TABLE run(
  run_key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  cell_key INTEGER NOT NULL REFERENCES cell,
  kind TEXT NOT NULL,
  seed INTEGER NOT NULL,
  parent TEXT,
  state TEXT NOT NULL,
  attempts_used INTEGER NOT NULL DEFAULT 0,
  nan_metrics TEXT,
  changed INTEGER NOT NULL);
CREATE INDEX run_by_cell ON run(cell_key);
CREATE INDEX run_by_changed ON run(changed);
CREATE INDEX run_by_parent ON run(parent) WHERE parent IS NOT NULL;

CREATE TABLE member(
  sweep_key INTEGER NOT NULL REFERENCES sweep,
  cell_key INTEGER NOT NULL REFERENCES cell,
  run_key INTEGER NOT NULL REFERENCES run,
  position INTEGER NOT NULL,
  label TEXT,
  in_plan INTEGER NOT NULL,
  reused INTEGER NOT NULL,
  PRIMARY KEY(sweep_key, cell_key, run_key)) WITHOUT ROWID;
CREATE INDEX member_by_run ON member(run_key);

CREATE TABLE attempt(
  attempt_key INTEGER PRIMARY KEY,
  run_key INTEGER NOT NULL REFERENCES run,
  number INTEGER NOT NULL,
  executor TEXT NOT NULL,
  external_id TEXT,
  host TEXT NOT NULL,
  boot_id TEXT NOT NULL,
  pid INTEGER,
  process_start INTEGER,
  lease_until_ms INTEGER,
  resources_json TEXT NOT NULL,
  log_path TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  outcome TEXT,
  counts INTEGER,
  exit_code INTEGER,
  signal INTEGER,
  cpu_seconds REAL,
  peak_rss_bytes INTEGER,
  peak_rss_method TEXT,
  peak_cgroup_bytes INTEGER,
  run_delay_share REAL,
  error TEXT,
  note TEXT,
  provenance_json TEXT,
  UNIQUE(run_key, number));
CREATE INDEX attempt_open ON attempt(run_key) WHERE ended_ms IS NULL;

CREATE TABLE series(
  series_key INTEGER PRIMARY KEY,
  metric TEXT NOT NULL COLLATE NOCASE,
  split TEXT NOT NULL,
  UNIQUE(metric, split));

CREATE TABLE measurement(
  attempt_key INTEGER NOT NULL REFERENCES attempt,
  series_key INTEGER NOT NULL REFERENCES series,
  is_final INTEGER NOT NULL,
  step INTEGER NOT NULL,
  value REAL,
  PRIMARY KEY(attempt_key, series_key, is_final, step)) WITHOUT ROWID;

CREATE TABLE test_hits(
  run_key INTEGER PRIMARY KEY REFERENCES run,
  items INTEGER NOT NULL,
  hits BLOB NOT NULL);
)sql";

Status MakeVersion1(Connection& connection) {
  SF_TRY(connection.Execute(kVersion1));
  return connection.Execute(fmt::format("PRAGMA application_id = {}", kApplicationId));
}

Status MakeVersion2(Connection& connection) {
  return connection.Execute(
      "CREATE TABLE verification(verification_key INTEGER PRIMARY KEY, "
      "run_key INTEGER NOT NULL REFERENCES run, host TEXT NOT NULL, started_ms INTEGER NOT NULL, "
      "ended_ms INTEGER NOT NULL, difference TEXT, provenance_json TEXT, log_path TEXT NOT NULL); "
      "CREATE INDEX verification_by_run ON verification(run_key);"
      "CREATE INDEX attempt_by_time ON attempt(coalesce(ended_ms, started_ms))");
}

constexpr Migration kMigrations[] = {{"the tables", MakeVersion1},
                                     {"verifications, attempts by time", MakeVersion2},
                                     {"runs counted as they change", MakeTally},
                                     {"last activity of sweeps, failed runs", MakeActivity},
                                     {"runs counted at less cost", MakeTallyCheaper}};

/// What the header and the list of tables say of a database.
struct Identity {
  std::int64_t application = 0;
  std::int64_t version = 0;
  bool empty = false;
};

Result<std::int64_t> QueryInt(const Connection& connection, std::string_view sql) {
  SF_ASSIGN(const Value value, connection.QueryValue(sql));
  return std::get<std::int64_t>(value);
}

Result<Identity> Identify(const Connection& connection) {
  Identity identity;
  SF_ASSIGN(identity.application, QueryInt(connection, "PRAGMA application_id"));
  SF_ASSIGN(identity.version, QueryInt(connection, "PRAGMA user_version"));
  SF_ASSIGN(const std::int64_t objects, QueryInt(connection, "SELECT count(*) FROM sqlite_schema"));
  identity.empty = objects == 0 && identity.application == 0 && identity.version == 0;
  return identity;
}

Status Refuse(const Identity& identity, std::int64_t newest) {
  if (!identity.empty && identity.application != kApplicationId) {
    return IoError(
        "an SQLite database of another program; name the store with --store FILE.db (a new file is "
        "made if there is none)");
  }
  if (identity.version > newest) {
    return IoError(
        fmt::format("a store of schema version {}, and this sweepformer knows versions up to {}; "
                    "use the newer sweepformer that wrote it, or another store",
                    identity.version, newest));
  }
  return {};
}

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }

Status MigrateSchema(Connection& connection, std::span<const Migration> steps) {
  SF_ASSIGN(const Identity identity, Identify(connection));
  const auto newest = static_cast<std::int64_t>(steps.size());
  SF_TRY(Refuse(identity, newest));
  if (identity.version == newest) return {};
  SF_ASSIGN(Transaction transaction, Transaction::Begin(connection));
  for (std::int64_t done = identity.version; done < newest; ++done) {
    const Migration& step = steps[static_cast<std::size_t>(done)];
    SF_TRY(step.apply(connection)
               .WithContext(fmt::format("migration to version {} ({})", done + 1, step.what)));
  }
  SF_TRY(MakeViews(connection));
  SF_TRY(connection.Execute(fmt::format("PRAGMA user_version = {}", newest)));
  return transaction.Commit();
}

Status CheckSchema(const Connection& connection, std::span<const Migration> steps) {
  SF_ASSIGN(const Identity identity, Identify(connection));
  const auto newest = static_cast<std::int64_t>(steps.size());
  SF_TRY(Refuse(identity, newest));
  if (identity.empty) {
    return IoError("an empty file; `sweepformer run SPEC --store FILE` makes a store of it");
  }
  if (identity.version == newest) return {};
  return IoError(
      fmt::format("a store of schema version {}, older than version {} of this sweepformer; "
                  "`sweepformer run SPEC --store FILE` brings it up to date",
                  identity.version, newest));
}

}  // namespace sweepformer
