#include "orchestrator/sql/sandbox.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

const std::vector<std::string> kNames = {"attention", "compression", "input", "max_length"};

std::string ProblemOf(const std::string& expression) {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  const auto checked = sandbox.Check(expression, kNames);
  const auto* error = std::get_if<ExpressionError>(&checked);
  return error ? error->message : "";
}

int OffsetOf(const std::string& expression) {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  const auto checked = sandbox.Check(expression, kNames);
  return std::get<ExpressionError>(checked).offset;
}

}  // namespace

TEST_CASE("a condition tells which parameters it reads, in any case", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  const auto checked =
      sandbox.Check("ATTENTION = 'linformer' AND max_length / compression < 2", kNames);
  CHECK(std::get<NameSet>(checked) == NameSet{"attention", "compression", "max_length"});
}

TEST_CASE("arithmetic, text and case expressions are allowed", "[sandbox]") {
  CHECK(ProblemOf("max(1, min(max_length, 8)) IN (1, 2)").empty());
  CHECK(ProblemOf("CASE input WHEN 'title' THEN 16 ELSE 256 END").empty());
  CHECK(ProblemOf("iif(compression > 2, 'a', 'b') || lower(input) -- a remark").empty());
  CHECK(ProblemOf("input LIKE 'ti%' AND compression BETWEEN 1 AND 2").empty());
}

TEST_CASE("an unknown parameter is named, with what it is close to", "[sandbox]") {
  CHECK(ProblemOf("compresion > 2") ==
        "unknown parameter 'compresion', did you mean 'compression'?");
  CHECK(OffsetOf("1 AND compresion > 2") == 6);
  CHECK(OffsetOf("compression > 1 AND compress = 2") == 20);
  CHECK(ProblemOf("input = \"titles\"") ==
        "no parameter is called 'titles'; text is written in single quotes: 'titles'");
  CHECK(OffsetOf("input = \"titles\"") == 8);
  CHECK(ProblemOf("input = zzzzzz") ==
        "unknown parameter 'zzzzzz'; text is written in single quotes");
}

TEST_CASE("only pure functions may be called", "[sandbox]") {
  for (const char* call :
       {"random()", "load_extension('x')", "current_timestamp", "datetime('now')",
        "sqlite_version()", "changes()", "randomblob(9)", "zeroblob(9999999)"}) {
    INFO(call);
    CHECK(ProblemOf(call).find("not allowed in a rule") != std::string::npos);
  }
  CHECK(ProblemOf("flor(compression)") == "unknown function 'flor', did you mean 'floor'?");
}

TEST_CASE("nothing but one expression gets through", "[sandbox]") {
  for (const char* attack : {"1); DROP TABLE x; --",
                             "1) --",
                             "1) OR (1",
                             "1 ORDER BY 2",
                             "1; DELETE FROM sqlite_schema",
                             "(SELECT 1)",
                             "EXISTS (SELECT * FROM sqlite_schema)",
                             "1 IN sqlite_schema",
                             "1, 2",
                             "1 AS x",
                             "1 UNION SELECT 2",
                             "/* open",
                             "",
                             "   ",
                             "sum(compression) > 1",
                             "count(*)",
                             "max(compression)",
                             "1 LIMIT 1",
                             "1 GROUP BY 1",
                             "RAISE(ABORT, 'x')",
                             "?1",
                             ":a",
                             "rowid = 0"}) {
    INFO(attack);
    CHECK_FALSE(ProblemOf(attack).empty());
  }
}

TEST_CASE("a syntax error says where", "[sandbox]") {
  CHECK(ProblemOf("compression >> > 2") == "not an SQL expression: near \">\": syntax error");
  CHECK(OffsetOf("compression >> > 2") == 15);
}

TEST_CASE("what an expression lacks is said in its own terms", "[sandbox]") {
  for (const char* unfinished : {"compression >", "(compression > 1", "", "  -- a remark"}) {
    INFO(unfinished);
    CHECK(ProblemOf(unfinished) == "not an SQL expression: it ends too early");
  }
  CHECK(OffsetOf("compression >") == 13);
  CHECK(ProblemOf("compression > 1)") == "not an SQL expression: near \")\": syntax error");
  CHECK(OffsetOf("compression > 1)") == 15);
  CHECK(ProblemOf("input = 'title") == "not an SQL expression: a quote is never closed");
  CHECK(OffsetOf("input = 'title") == 8);
  CHECK(ProblemOf("compression /* of n") == "not an SQL expression: a comment is never closed");
  CHECK(OffsetOf("compression /* of n") == 12);
}

TEST_CASE("an oversized value is absent instead of filling the memory", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  CHECK(IsNull(sandbox.connection().QueryValue("SELECT length(printf('%99999999d', 1))").value()));
}

TEST_CASE("patterns that would be tried for ever are not", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  CHECK(sandbox.connection()
            .QueryValue("SELECT printf('%.*c', 99999, 'a') LIKE '%a%a%a%a%a%b'")
            .value() == Value(std::int64_t{0}));
}

TEST_CASE("a rule that cannot be computed is its writer's to mend", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  Connection& database = sandbox.connection();
  const auto failure_of = [&](const std::string& sql) {
    return RuleFailure(database, database.Execute(sql));
  };
  CHECK(failure_of("SELECT 1").ok());
  CHECK(failure_of("SELECT replace(printf('%.*c', 99999, 'a'), 'a', 'bbbb')").message() ==
        "cannot be computed: a text gets longer than 100000 bytes");
  CHECK(failure_of("SELECT abs(-9223372036854775807 - 1)").message() ==
        "cannot be computed: integer overflow");
  CHECK(failure_of("SELECT * FROM nothing").code() == Code::kIo);
  REQUIRE(database.Execute("PRAGMA max_page_count = 50").ok());
  CHECK(failure_of("CREATE TABLE wide AS WITH n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                   "WHERE i < 99) SELECT printf('%.*c', 9999, 'a') FROM n")
            .message() ==
        "cannot be computed: the values of all cells take over 2 GiB; narrow the grid");
}

TEST_CASE("what a rule makes on a store is bounded while that is asked for", "[sandbox]") {
  const Connection database = Connection::InMemory().value();
  const char* const sql = "SELECT length(replace(printf('%.*c', 99999, 'a'), 'a', 'bbbb'))";
  {
    const BoundedValues bounded(database);
    CHECK_FALSE(database.QueryValue(sql).ok());
  }
  CHECK(database.QueryValue(sql).ok());
}

TEST_CASE("an expression may compare a row with an outer one where it is named", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  const auto checked = sandbox.Check("attention = 'full' AND input = child.input", kNames, "child");
  CHECK(std::get<NameSet>(checked) == NameSet{"attention", "input"});
  CHECK(ProblemOf("input = child.input") ==
        "unknown parameter 'child.input', did you mean 'input'?");
  const auto problem = [&](const std::string& text) {
    return std::get<ExpressionError>(sandbox.Check(text, kNames, "child")).message;
  };
  CHECK(problem("input = child.inptu") == "unknown parameter 'child.inptu', did you mean 'input'?");
  CHECK(problem("input = (SELECT 1)") == "a rule cannot contain a SELECT");
  CHECK(problem("1) FROM sandbox_names --") != "");
}
