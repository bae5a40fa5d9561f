#include "results/tally.h"

#include <catch2/catch.hpp>
#include <random>

#include "results/schema.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

using Strings = std::vector<std::string>;

/// Two sweeps that share runs, of four cells with three seeds each.
struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  std::vector<SweepMember> members;

  Fixture() {
    for (const char* attention : {"full", "none", "fnet", "lstm"}) {
      for (const std::int64_t seed : {1, 2, 3}) {
        members.push_back(Member({{"attention", std::string(attention)}}, seed));
      }
    }
  }

  void Register(const std::string& sweep, std::mt19937& random) {
    std::vector<SweepMember> chosen;
    std::ranges::copy_if(members, std::back_inserter(chosen), [&](auto&) { return random() % 3; });
    Registration registration = SweepOf(chosen);
    registration.sweep = sweep;
    registration.whole = random() % 2 != 0;
    REQUIRE(store.RegisterRuns(registration).ok());
  }

  /// Whatever is asked for, unless the run does not take it in its state.
  void Change(const SweepMember& member, std::mt19937& random) {
    const std::vector ids{member.config.id()};
    switch (random() % 4) {
      case 0: (void)store.SetStates(ids, RunState::kAborted); break;
      case 1: (void)store.Reopen(ids); break;
      default:
        if (const auto ticket = store.BeginAttempt(ids[0], Start()); ticket.ok()) {
          const bool right = random() % 16 == 0;  // for good: it stays succeeded
          AttemptEnd end = right ? Completed(ticket->key)
                                 : Ended(ticket->key, Outcome::kFailed, RunState::kFailed, "");
          end.ended_ms += static_cast<std::int64_t>(random() % 1000);
          REQUIRE(store.FinishAttempt(end).ok());
        }
    }
  }
};

Strings Counted(const Connection& db) {
  return Rows(db,
              "SELECT sweep_key, in_plan, reused, kind, state, count(*) FROM member "
              "JOIN run USING(run_key) GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5");
}
Strings Tallied(const Connection& db) {
  return Rows(db,
              "SELECT sweep_key, in_plan, reused, kind, state, runs FROM tally WHERE runs <> 0 "
              "ORDER BY 1, 2, 3, 4, 5");
}
Strings CountedCells(const Connection& db) {
  return Rows(db,
              "SELECT sweep_key, count(DISTINCT cell_key) FROM member WHERE in_plan GROUP BY 1");
}
Strings TalliedCells(const Connection& db) {
  return Rows(db, "SELECT sweep_key, cells FROM planned_cells WHERE cells <> 0 ORDER BY 1");
}
Strings LastAttempts(const Connection& db) {
  return Rows(db,
              "SELECT sweep_key, max(coalesce(ended_ms, started_ms)) FROM attempt "
              "JOIN member USING(run_key) GROUP BY 1 ORDER BY 1");
}
Strings Activity(const Connection& db) {
  return Rows(db, "SELECT sweep_key, last_ms FROM activity ORDER BY 1");
}

}  // namespace

TEST_CASE("the tally equals what counting says, whatever happens to the runs", "[tally]") {
  Fixture f;
  std::mt19937 random(7);
  for (int step = 0; step < 400; ++step) {
    if (random() % 5 == 0) {
      f.Register(random() % 2 ? "one" : "two", random);
    } else {
      f.Change(f.members[random() % f.members.size()], random);
    }
    CAPTURE(step);
    REQUIRE(Tallied(f.store.connection()) == Counted(f.store.connection()));
    REQUIRE(TalliedCells(f.store.connection()) == CountedCells(f.store.connection()));
    REQUIRE(Activity(f.store.connection()) == LastAttempts(f.store.connection()));
  }
  CHECK(Counted(f.store.connection()).size() > 6);
}

TEST_CASE("a store of version 2 is counted when it is brought up to date", "[tally]") {
  TempFolder folder;
  Connection db = Connection::Open(folder / "old.db", OpenMode::kCreate).value();
  REQUIRE(MigrateSchema(db, Migrations().first(2)).ok());
  REQUIRE(db.Execute("INSERT INTO sweep VALUES (1, 's', '', '', '', '', NULL, 0, 0);"
                     "INSERT INTO cell(cell_key, cell, dataset_fingerprint, worker_version) "
                     "VALUES (1, 'a', '', ''), (2, 'b', '', '');"
                     "INSERT INTO run(run_key, id, cell_key, kind, seed, state, changed) VALUES "
                     "(1, 'a1', 1, 'train', 1, 'failed', 1), (2, 'a2', 1, 'train', 2, 'failed', 1),"
                     "(3, 'b1', 2, 'probe', 1, 'pending', 1), (4, 'b2', 2, 'probe', 2, 'lost', 1);"
                     "INSERT INTO member VALUES (1, 1, 1, 0, NULL, 1, 0), (1, 1, 2, 1, NULL, 1, 0),"
                     "(1, 2, 3, 2, NULL, 1, 0), (1, 2, 4, 3, NULL, 0, 0);"
                     "INSERT INTO attempt(run_key, number, executor, host, boot_id, "
                     "resources_json, log_path, started_ms, ended_ms) VALUES "
                     "(1, 1, '', '', '', '', '', 10, 60), (4, 1, '', '', '', '', '', 50, NULL)")
              .ok());
  REQUIRE(MigrateSchema(db, Migrations()).ok());
  CHECK(Tallied(db) ==
        Strings{"1|0|0|probe|lost|1", "1|1|0|probe|pending|1", "1|1|0|train|failed|2"});
  CHECK(TalliedCells(db) == Strings{"1|2"});
  CHECK(Activity(db) == Strings{"1|60"});
}
