#include "results/schema.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>

#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;
using Strings = std::vector<std::string>;

namespace {

Status AddNotes(Connection& connection) {
  return connection.Execute("ALTER TABLE run ADD COLUMN notes TEXT");
}
Status Fail(Connection& connection) {
  SF_TRY(connection.Execute("CREATE TABLE half_done(x)"));
  return connection.Execute("SELECT no_such_function()");
}

/// A version as text, counted from the newest.
std::string Version(int after_newest = 0) {
  return std::to_string(static_cast<int>(Migrations().size()) + after_newest);
}

std::vector<Migration> WithStep(Migration step) {
  std::vector<Migration> steps(Migrations().begin(), Migrations().end());
  steps.push_back(step);
  return steps;
}

/// A store of the current version with one run, closed.
std::filesystem::path MakeStore(const TempFolder& folder) {
  const auto file = folder / "s.db";
  ResultStore store = ResultStore::Open(file).value();
  REQUIRE(store.RegisterRuns(SweepOf({Member({{"attention", std::string("full")}}, 1)})).ok());
  return file;
}

}  // namespace

TEST_CASE("a new store carries its version and who it belongs to", "[schema]") {
  TempFolder folder;
  Connection db = Connection::Open(MakeStore(folder), OpenMode::kReadOnly).value();
  CHECK(Rows(db, "PRAGMA user_version") == Strings{Version()});
  CHECK(Rows(db, "PRAGMA application_id") == Strings{std::to_string(kApplicationId)});
  CHECK(Rows(db, "PRAGMA journal_mode") == Strings{"wal"});
  CHECK(Rows(db, "PRAGMA integrity_check") == Strings{"ok"});
  CHECK(Rows(db, "PRAGMA foreign_key_check").empty());
}

TEST_CASE("an older store is brought up to date and keeps its runs", "[schema]") {
  TempFolder folder;
  Connection db = Connection::Open(MakeStore(folder), OpenMode::kCreate).value();
  const auto steps = WithStep({"notes", AddNotes});
  const Status refused = CheckSchema(db, steps);
  CHECK(refused.code() == Code::kIo);
  CHECK(refused.message().find("version " + Version() + ", older than version " + Version(1)) !=
        std::string::npos);
  REQUIRE(MigrateSchema(db, steps).ok());
  CHECK(Rows(db, "PRAGMA user_version") == Strings{Version(1)});
  CHECK(Rows(db, "SELECT notes FROM run") == Strings{""});
  CHECK(Rows(db, "SELECT attention FROM runs") == Strings{"full"});
  CHECK(CheckSchema(db, steps).ok());
}

TEST_CASE("a migration that fails leaves the store as it was", "[schema]") {
  TempFolder folder;
  Connection db = Connection::Open(MakeStore(folder), OpenMode::kCreate).value();
  CHECK_FALSE(MigrateSchema(db, WithStep({"a broken step", Fail})).ok());
  CHECK(Rows(db, "PRAGMA user_version") == Strings{Version()});
  CHECK(Rows(db, "SELECT name FROM sqlite_schema WHERE name = 'half_done'").empty());
}

TEST_CASE("a newer store is refused naming both versions", "[schema]") {
  TempFolder folder;
  const auto file = MakeStore(folder);
  REQUIRE(Connection::Open(file, OpenMode::kCreate)->Execute("PRAGMA user_version = 77").ok());
  for (const auto& opened : {ResultStore::Open(file), ResultStore::OpenReadOnly(file)}) {
    CHECK(opened.status().code() == Code::kIo);
    CHECK(opened.status().message().find("schema version 77") != std::string::npos);
    CHECK(opened.status().message().find("up to " + Version()) != std::string::npos);
  }
}

TEST_CASE("another program's database is refused and left alone", "[schema]") {
  TempFolder folder;
  const auto file = folder / "other.db";
  REQUIRE(Connection::Open(file, OpenMode::kCreate)->Execute("CREATE TABLE runs(x)").ok());
  CHECK(ResultStore::Open(file).status().message().find("another program") != std::string::npos);
  CHECK(ResultStore::OpenReadOnly(file).status().code() == Code::kIo);
  Connection db = Connection::Open(file, OpenMode::kReadOnly).value();
  CHECK(Rows(db, "SELECT name FROM sqlite_schema") == Strings{"runs"});
  CHECK(Rows(db, "PRAGMA journal_mode") == Strings{"delete"});
}

TEST_CASE("a text file is refused and an empty one becomes a store only by writing", "[schema]") {
  TempFolder folder;
  std::ofstream(folder / "notes.txt") << std::string(200, 'x');
  const Status text = ResultStore::Open(folder / "notes.txt").status();
  CHECK(text.code() == Code::kIo);
  CHECK(text.message().find("not an SQLite database") != std::string::npos);
  std::ofstream(folder / "empty.db").flush();
  CHECK(ResultStore::OpenReadOnly(folder / "empty.db").status().code() == Code::kIo);
  CHECK(ResultStore::Open(folder / "empty.db").ok());
}
