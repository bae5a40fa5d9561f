#include "results/query.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  std::ostringstream out;

  Fixture() {
    REQUIRE(store.RegisterRuns(SweepOf({Member({{"attention", std::string("full")}}, 1)})).ok());
  }
  Status Run(const std::string& sql, decltype(Query::parameters) parameters = {}) {
    return RunQuery(store.connection(), {sql, std::move(parameters)},
                    *MakeRowWriter(TableFormat::kCsv, out));
  }
};

}  // namespace

TEST_CASE("a query writes its rows under the names of its columns", "[query]") {
  Fixture f;
  REQUIRE(f.Run("SELECT attention, seed AS s, x'0aff' FROM runs; -- that is all\n").ok());
  CHECK(f.out.str() == "attention,s,x'0aff'\nfull,1,x'0aff'\n");
}

TEST_CASE("a query without rows is a success", "[query]") {
  Fixture f;
  CHECK(f.Run("SELECT seed FROM runs WHERE seed > 5").ok());
  CHECK(f.out.str() == "seed\n");
}

TEST_CASE("recursion, JSON and EXPLAIN are reading", "[query]") {
  Fixture f;
  CHECK(f.Run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
              "SELECT sum(i) FROM n")
            .ok());
  CHECK(f.Run("SELECT value FROM json_each('[1, 2]')").ok());
  CHECK(f.Run("EXPLAIN QUERY PLAN SELECT * FROM runs").ok());
  CHECK(f.Run("VALUES (1), (2)").ok());
}

TEST_CASE("whatever is more than reading is refused and leaves no trace", "[query]") {
  Fixture f;
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"DELETE FROM run", "would write"},
      {"INSERT INTO parameter(name) VALUES ('x')", "would write"},
      {"UPDATE run SET state = 'failed' RETURNING id", "would write"},
      {"UPDATE sqlite_master SET sql = ''", "may not be modified"},
      {"CREATE TEMP TABLE t(x)", "would write"},
      {"DROP VIEW runs", "would write"},
      {"VACUUM", "would write"},
      {"VACUUM INTO '" + (f.folder / "copy.db").string() + "'", "would write"},
      {"EXPLAIN DELETE FROM run", "would write"},
      {"ATTACH '" + (f.folder / "other.db").string() + "' AS other", "ATTACH"},
      {"DETACH main", "ATTACH"},
      {"PRAGMA user_version = 9", "PRAGMA"},
      {"PRAGMA user_version", "PRAGMA"},
      {"SELECT * FROM pragma_table_info('run')", "PRAGMA"},
      {"SELECT abs(-9223372036854775807 - 1)", "integer overflow"},
      {"SELECT 1 LIMIT 'all'", "datatype mismatch"},
      {"BEGIN", "transactions"},
      {"SAVEPOINT s", "transactions"},
      {"SELECT load_extension('x')", "load_extension"},
      {"SELECT 1; SELECT 2", "second statement"},
      {"SELECT 1; DELETE FROM run", "second statement"},
      {"SELECT ?1", "placeholders"},
      {"", "nothing to run"},
      {" -- only a comment", "nothing to run"}};
  for (const auto& [sql, words] : refused) {
    INFO(sql);
    const Status status = f.Run(sql);
    CHECK(status.code() == Code::kInvalidArgument);
    CHECK(status.message().find(words) != std::string::npos);
  }
  CHECK(f.out.str().empty());
  CHECK(Rows(f.store.connection(), "SELECT count(*) FROM run") == std::vector<std::string>{"1"});
  CHECK_FALSE(std::filesystem::exists(f.folder / "other.db"));
  CHECK_FALSE(std::filesystem::exists(f.folder / "copy.db"));
}

TEST_CASE("a misspelt name gets a suggestion", "[query]") {
  Fixture f;
  CHECK(f.Run("SELECT atention FROM runs").message().find("did you mean 'attention'?") !=
        std::string::npos);
  CHECK(f.Run("SELECT r.atention FROM runs r").message().find("did you mean 'attention'?") !=
        std::string::npos);
  const std::string elsewhere = f.Run("SELECT outcome FROM runs").message();
  CHECK(elsewhere.find("no such column: outcome; it is a column of attempts") != std::string::npos);
  CHECK(f.Run("SELECT * FROM run_s").message().find("did you mean 'runs'?") != std::string::npos);
  CHECK(f.Run("SELECT * FROM nowhere").message().find("the views are runs") != std::string::npos);
  CHECK(f.Run("SELECT \"full\"").message().find("single quotes") != std::string::npos);
  CHECK(f.Run("SELEC 1").message().find("syntax error") != std::string::npos);
}

TEST_CASE("the store can be written again after a query", "[query]") {
  Fixture f;
  CHECK_FALSE(f.Run("DELETE FROM run").ok());
  CHECK(f.store.RegisterRuns(SweepOf({Member({{"attention", std::string("none")}}, 1)})).ok());
}

TEST_CASE("parameters of a query are bound and never part of its SQL", "[query]") {
  Fixture f;
  REQUIRE(f.Run("SELECT :a AS a, :b AS b, @a AS again, typeof($c) AS c",
                {{"a", std::string("x' OR 1 --")}, {"b", std::int64_t{2}}, {"c", 0.5}})
              .ok());
  CHECK(f.out.str() == "a,b,again,c\nx' OR 1 --,2,x' OR 1 --,real\n");
}

TEST_CASE("parameters of a query and their values must be the same", "[query]") {
  Fixture f;
  CHECK(f.Run("SELECT :seed, :metric", {{"seed", std::int64_t{1}}}).message() ==
        "query: :metric has no value; give it with --param metric=VALUE (the query has :seed and "
        ":metric)");
  CHECK(f.Run("SELECT :seed", {{"sede", std::int64_t{1}}}).message() ==
        "--param sede: the query has no parameter :sede, did you mean 'seed'?");
  CHECK(f.Run("SELECT :seed", {{"x", std::int64_t{1}}}).message() ==
        "--param x: the query has no parameter :x; it has :seed");
  CHECK(f.Run("SELECT 1", {{"x", std::int64_t{1}}}).message() ==
        "--param x: the query has no parameter :x; it has none");
  CHECK(f.out.str().empty());
}

TEST_CASE("a query may not hide a part of itself behind a NUL", "[query]") {
  Fixture f;
  CHECK(f.Run(std::string("SELECT 1\0; DELETE FROM run", 26)).message() ==
        "query: not text: a NUL byte");
}
