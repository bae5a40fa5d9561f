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
  CHECK(OffsetOf("compression >") <= 13);
}

TEST_CASE("an oversized value is absent instead of filling the memory", "[sandbox]") {
  SafeExpressions sandbox = SafeExpressions::Open().value();
  CHECK(IsNull(sandbox.connection().QueryValue("SELECT length(printf('%99999999d', 1))").value()));
}
