#include "results/tally.h"

namespace sweepformer {
namespace {

constexpr const char* kTables = R"sql(
CREATE TABLE tally(
  sweep_key INTEGER NOT NULL REFERENCES sweep,
  in_plan INTEGER NOT NULL,
  reused INTEGER NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  runs INTEGER NOT NULL,
  PRIMARY KEY(sweep_key, in_plan, reused, kind, state)) WITHOUT ROWID;
INSERT INTO tally SELECT sweep_key, in_plan, reused, kind, state, count(*)
  FROM member JOIN run USING(run_key) GROUP BY 1, 2, 3, 4, 5;

CREATE TABLE planned_cells(
  sweep_key INTEGER PRIMARY KEY REFERENCES sweep,
  cells INTEGER NOT NULL);
INSERT INTO planned_cells SELECT sweep_key, count(DISTINCT cell_key) FROM member
  WHERE in_plan GROUP BY 1;
)sql";

constexpr const char* kOfMembers = R"sql(
CREATE TRIGGER member_joins AFTER INSERT ON member BEGIN
  INSERT INTO tally SELECT new.sweep_key, new.in_plan, new.reused, kind, state, 1
    FROM run WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET runs = runs + 1;
END;

CREATE TRIGGER member_moves AFTER UPDATE OF in_plan ON member WHEN old.in_plan <> new.in_plan BEGIN
  UPDATE tally SET runs = runs - 1 WHERE sweep_key = old.sweep_key AND in_plan = old.in_plan
    AND reused = old.reused
    AND (kind, state) = (SELECT kind, state FROM run WHERE run_key = old.run_key);
  INSERT INTO tally SELECT new.sweep_key, new.in_plan, new.reused, kind, state, 1
    FROM run WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET runs = runs + 1;
END;
)sql";

// A cell counts with its first member in the plan and goes with its last.
constexpr const char* kOfCells = R"sql(
CREATE TRIGGER cell_joins AFTER INSERT ON member WHEN new.in_plan AND NOT EXISTS (
    SELECT 1 FROM member WHERE sweep_key = new.sweep_key AND cell_key = new.cell_key
      AND run_key <> new.run_key AND in_plan) BEGIN
  INSERT INTO planned_cells VALUES (new.sweep_key, 1) ON CONFLICT DO UPDATE SET cells = cells + 1;
END;

CREATE TRIGGER cell_moves AFTER UPDATE OF in_plan ON member WHEN old.in_plan <> new.in_plan
    AND NOT EXISTS (
    SELECT 1 FROM member WHERE sweep_key = new.sweep_key AND cell_key = new.cell_key
      AND run_key <> new.run_key AND in_plan) BEGIN
  INSERT INTO planned_cells VALUES (new.sweep_key, 1)
    ON CONFLICT DO UPDATE SET cells = cells + iif(new.in_plan, 1, -1);
END;
)sql";

constexpr const char* kOfRuns = R"sql(
CREATE TRIGGER run_moves AFTER UPDATE OF state ON run WHEN old.state <> new.state BEGIN
  UPDATE tally SET runs = runs - 1 WHERE kind = old.kind AND state = old.state
    AND (sweep_key, in_plan, reused) IN
      (SELECT sweep_key, in_plan, reused FROM member WHERE run_key = old.run_key);
  INSERT INTO tally SELECT sweep_key, in_plan, reused, new.kind, new.state, 1
    FROM member WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET runs = runs + 1;
END;
)sql";

constexpr const char* kActivity = R"sql(
CREATE TABLE activity(
  sweep_key INTEGER PRIMARY KEY REFERENCES sweep,
  last_ms INTEGER NOT NULL);
INSERT INTO activity SELECT sweep_key, max(coalesce(ended_ms, started_ms))
  FROM attempt JOIN member USING(run_key) GROUP BY sweep_key;

CREATE TRIGGER attempt_begins AFTER INSERT ON attempt BEGIN
  INSERT INTO activity SELECT sweep_key, coalesce(new.ended_ms, new.started_ms)
    FROM member WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET last_ms = max(last_ms, excluded.last_ms);
END;

CREATE TRIGGER attempt_ends AFTER UPDATE OF ended_ms ON attempt BEGIN
  INSERT INTO activity SELECT sweep_key, coalesce(new.ended_ms, new.started_ms)
    FROM member WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET last_ms = max(last_ms, excluded.last_ms);
END;

CREATE TRIGGER member_was_active AFTER INSERT ON member
    WHEN EXISTS (SELECT 1 FROM attempt WHERE run_key = new.run_key) BEGIN
  INSERT INTO activity SELECT new.sweep_key, max(coalesce(ended_ms, started_ms))
    FROM attempt WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET last_ms = max(last_ms, excluded.last_ms);
END;

DROP INDEX attempt_by_time;
CREATE INDEX run_failed ON run(run_key, id, state) WHERE state = 'failed';
)sql";

// An UPDATE of the rows that a SELECT names makes SQLite fill a table of its own first; this does
// not. What a run leaves is always there.
constexpr const char* kOfRunsAgain = R"sql(
DROP TRIGGER run_moves;
CREATE TRIGGER run_moves AFTER UPDATE OF state ON run WHEN old.state <> new.state BEGIN
  INSERT INTO tally SELECT sweep_key, in_plan, reused, old.kind, old.state, -1
    FROM member WHERE run_key = old.run_key
    ON CONFLICT DO UPDATE SET runs = runs - 1;
  INSERT INTO tally SELECT sweep_key, in_plan, reused, new.kind, new.state, 1
    FROM member WHERE run_key = new.run_key
    ON CONFLICT DO UPDATE SET runs = runs + 1;
END;
)sql";

}  // namespace

Status MakeTally(Connection& connection) {
  for (const char* sql : {kTables, kOfMembers, kOfCells, kOfRuns}) {
    SF_TRY(connection.Execute(sql));
  }
  return {};
}

Status MakeActivity(Connection& connection) { return connection.Execute(kActivity); }

Status MakeTallyCheaper(Connection& connection) { return connection.Execute(kOfRunsAgain); }

}  // namespace sweepformer
