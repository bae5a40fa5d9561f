#include "orchestrator/sql/connection.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>

#include "orchestrator/core/testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

TEST_CASE("values come back as they were bound, NaN as absent", "[connection]") {
  Connection db = Connection::InMemory().value();
  Statement echo = db.Prepare("SELECT ?1, ?2, ?3, ?4, ?5").value();
  const double infinity = std::numeric_limits<double>::infinity();
  echo.BindAll(std::int64_t{7}, 0.25, std::string("a'b"), infinity, std::nan(""));
  REQUIRE(echo.Step().value());
  CHECK(echo.Column(0) == Value(std::int64_t{7}));
  CHECK(echo.Column(1) == Value(0.25));
  CHECK(echo.Column(2) == Value(std::string("a'b")));
  CHECK(echo.Column(3) == Value(infinity));
  CHECK(IsNull(echo.Column(4)));
  CHECK_FALSE(echo.Step().value());
}

TEST_CASE("a value that cannot be bound fails the statement, until it is bound again",
          "[connection]") {
  Connection db = Connection::InMemory().value();
  sqlite3_limit(db.handle(), SQLITE_LIMIT_LENGTH, 100);
  Statement echo = db.Prepare("SELECT ?1 IS NULL").value();
  const auto failed = echo.BindAll(std::string(200, 'x')).Step();
  CHECK(failed.status().message().find("too big") != std::string::npos);
  echo.Reset();
  REQUIRE(echo.BindAll(std::string("x")).Step().value());
  CHECK(echo.Int(0) == 0);
}

TEST_CASE("a blob of no bytes is no NULL", "[connection]") {
  Connection db = Connection::InMemory().value();
  Statement echo = db.Prepare("SELECT ?1 IS NULL").value();
  REQUIRE(echo.BindBlob(1, {}).Step().value());
  CHECK(echo.Int(0) == 0);
}

TEST_CASE("a store is a file, whatever it is called", "[connection]") {
  const TempFolder folder;
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  for (const char* name : {":memory:", "file:store.db", "file:store.db?mode=memory"}) {
    INFO(name);
    REQUIRE(Connection::Open(name, OpenMode::kCreate).value().Execute("CREATE TABLE t(x)").ok());
    CHECK(std::filesystem::exists(folder / name));
    CHECK(Connection::Open(name, OpenMode::kReadOnly).value().QueryValue("SELECT * FROM t").ok());
  }
  std::filesystem::current_path(before);
}

TEST_CASE("a transaction that is not committed leaves nothing", "[connection]") {
  Connection db = Connection::InMemory().value();
  REQUIRE(db.Execute("CREATE TABLE t(x)").ok());
  {
    const auto transaction = Transaction::Begin(db);
    REQUIRE(db.Execute("INSERT INTO t VALUES (1)").ok());
  }
  CHECK(db.QueryValue("SELECT count(*) FROM t").value() == Value(std::int64_t{0}));
  auto transaction = Transaction::Begin(db);
  REQUIRE(db.Execute("INSERT INTO t VALUES (1)").ok());
  REQUIRE(transaction->Commit().ok());
  CHECK(db.QueryValue("SELECT count(*) FROM t").value() == Value(std::int64_t{1}));
}

TEST_CASE("a transaction within another is part of it", "[connection]") {
  Connection db = Connection::InMemory().value();
  REQUIRE(db.Execute("CREATE TABLE t(x)").ok());
  {
    const auto outer = Transaction::Begin(db);
    auto inner = Transaction::Begin(db);
    REQUIRE(db.Execute("INSERT INTO t VALUES (1)").ok());
    REQUIRE(inner->Commit().ok());
  }
  CHECK(db.QueryValue("SELECT count(*) FROM t").value() == Value(std::int64_t{0}));
}

TEST_CASE("a file that is no database is refused with what to type", "[connection]") {
  const auto file = std::filesystem::temp_directory_path() / "sweepformer_not_a_database.db";
  std::ofstream(file) << "this is a text file, long enough to be looked at as a header by SQLite, "
                         "which wants sixteen bytes of magic at its start.";
  const auto opened = Connection::Open(file, OpenMode::kCreate);
  std::filesystem::remove(file);
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.status().code() == Code::kIo);
  CHECK(opened.status().message().find("not an SQLite database") != std::string::npos);
}

TEST_CASE("an absent store is not made by reading it", "[connection]") {
  const auto opened = Connection::Open("/no/such/folder/store.db", OpenMode::kReadOnly);
  CHECK(opened.status().code() == Code::kNotFound);
  CHECK(Connection::Open("/no/such/folder/store.db", OpenMode::kCreate).status().code() ==
        Code::kIo);
}

TEST_CASE("double-quoted text is an unknown column", "[connection]") {
  Connection db = Connection::InMemory().value();
  CHECK_FALSE(db.QueryValue("SELECT \"text\"").ok());
}

TEST_CASE("peeking reads what is there and makes no file", "[connection]") {
  const TempFolder folder;
  const auto file = folder / "a.db";
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder.path()), {});
  };
  const auto peek = [&] {
    const auto connection = Connection::Open(file, OpenMode::kPeek);
    return connection.ok() ? FormatValue(connection->QueryValue("SELECT count(*) FROM t").value())
                           : connection.status().message();
  };
  CHECK_THAT(peek(), Catch::StartsWith("no store at "));
  CHECK(files() == 0);
  {
    Connection writer = Connection::Open(file, OpenMode::kCreate).value();
    REQUIRE(writer.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)")
                .ok());
    CHECK(peek() == "1");  // what is still in the writer's log counts
  }
  CHECK(files() == 1);
  CHECK(peek() == "1");
  CHECK(files() == 1);
  std::ofstream(file, std::ios::trunc) << "a text that is long enough to look like something\n";
  CHECK_THAT(peek(), Catch::Contains("not an SQLite database"));
}

TEST_CASE("peeking through a link finds the log beside the file", "[connection]") {
  const TempFolder folder;
  const TempFolder elsewhere;
  const auto link = elsewhere / "link.db";
  Connection writer = Connection::Open(folder / "a.db", OpenMode::kCreate).value();
  REQUIRE(writer.Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x)").ok());
  REQUIRE(writer.Execute("INSERT INTO t VALUES (1)").ok());
  std::filesystem::create_symlink(folder / "a.db", link);
  const auto connection = Connection::Open(link, OpenMode::kPeek);
  REQUIRE(connection.ok());
  CHECK(connection->QueryValue("SELECT count(*) FROM t").value() == Value(std::int64_t{1}));
}

TEST_CASE("on a full disk a database in WAL mode can be read, and opening it to write says so",
          "[connection]") {
  const TempFolder folder;
  const auto file = folder / "a.db";
  REQUIRE(Connection::Open(file, OpenMode::kCreate)
              ->Execute("PRAGMA journal_mode = WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1)")
              .ok());
  const auto open_on_full_disk = [&](OpenMode mode) {
    const sweepformer::testing::SmallFiles full(16);
    return Connection::Open(file, mode);
  };
  const auto reader = open_on_full_disk(OpenMode::kReadOnly);
  INFO(reader.status().message());
  REQUIRE(reader.ok());
  CHECK(reader->QueryValue("SELECT count(*) FROM t").value() == Value(std::int64_t{1}));
  const std::string refused = open_on_full_disk(OpenMode::kCreate).status().message();
  CHECK_THAT(refused, Catch::Contains("cannot be opened as a store: ") &&
                          Catch::EndsWith("; see that its disk is there and has room, and run the "
                                          "same command again"));
}

TEST_CASE("a kept statement begins afresh each time, also after the schema has changed",
          "[connection]") {
  Connection connection = Connection::InMemory().value();
  REQUIRE(connection.Execute("CREATE TABLE t(x)").ok());
  const char* const insert = "INSERT INTO t VALUES (?)";
  REQUIRE(connection.PrepareKept(insert)->BindAll(std::int64_t{1}).Run().ok());
  REQUIRE(connection.PrepareKept(insert)->Run().ok());  // nothing of the first is bound any more
  REQUIRE(connection.Execute("ALTER TABLE t ADD COLUMN y DEFAULT 7").ok());
  const char* const all = "SELECT x, y FROM t ORDER BY rowid";
  for (int times = 0; times < 2; ++times) {
    Statement one = connection.PrepareKept(all).value();
    Statement other = connection.PrepareKept(all).value();  // of its own while one is in use
    REQUIRE(one.Step().value());
    CHECK(one.Int(0) == 1);
    CHECK(one.Int(1) == 7);
    REQUIRE(other.Step().value());
    CHECK(other.Int(0) == 1);
    REQUIRE(other.Step().value());
    CHECK(other.IsNull(0));
  }
  CHECK_FALSE(connection.PrepareKept("SELECT nothing FROM t").ok());
}

TEST_CASE("a real number is written so that it is read as the same", "[connection]") {
  Connection connection = Connection::InMemory().value();
  for (const double real :
       {0.767762, 0.000464232487078, -982e-08, 0.1, 1.5, 1e300, 1e-300, -2e22, 3.0e15, 0.0}) {
    const Value read = connection.QueryValue("SELECT " + SqlLiteral(Value(real))).value();
    INFO(SqlLiteral(Value(real)));
    REQUIRE(std::holds_alternative<double>(read));
    CHECK(std::get<double>(read) == real);
  }
}
