#include "results/row_writer.h"

#include <catch2/catch.hpp>
#include <limits>
#include <sstream>

using namespace sweepformer;

namespace {

std::string Written(TableFormat format, const std::vector<std::string>& columns,
                    const std::vector<std::vector<Value>>& rows) {
  std::ostringstream out;
  const auto writer = MakeRowWriter(format, out);
  writer->Begin(columns);
  for (const auto& row : rows) writer->Row(row);
  writer->End();
  return out.str();
}

const double kInfinity = std::numeric_limits<double>::infinity();
const std::vector<std::string> kColumns = {"name", "x"};
const std::vector<std::vector<Value>> kRows = {{std::string("ä|b\nc"), std::int64_t{1}},
                                               {std::string("say \"hi\", you"), -kInfinity},
                                               {Value(), 0.1}};

}  // namespace

TEST_CASE("control characters do not reach the terminal", "[table]") {
  CHECK(Written(TableFormat::kTable, {"a\x1b"}, {{std::string("\x1b[31mred\a\x7f")}}) ==
        "a\\x1b\n───────────────────\n\\x1b[31mred\\x07\\x7f\n");
}

TEST_CASE("a text table is aligned by characters, numbers to the right", "[table]") {
  CHECK(Written(TableFormat::kTable, kColumns, kRows) ==
        "name                   x\n"
        "─────────────  ─────────\n"
        "ä|b\\nc                 1\n"
        "say \"hi\", you  -Infinity\n"
        "NULL                 0.1\n");
}

TEST_CASE("CSV quotes what it must and leaves absent fields empty", "[table]") {
  CHECK(Written(TableFormat::kCsv, kColumns, kRows) ==
        "name,x\n\"ä|b\nc\",1\n\"say \"\"hi\"\", you\",-Infinity\n,0.1\n");
}

TEST_CASE("CSV has no empty line, which readers would pass over", "[table]") {
  CHECK(Written(TableFormat::kCsv, {"x"}, {{Value()}, {std::string()}, {std::int64_t{1}}}) ==
        "x\n\"\"\n\"\"\n1\n");
  CHECK(Written(TableFormat::kCsv, {"x", "y"}, {{Value(), Value()}, {Value(), std::string()}}) ==
        "x,y\n,\n,\n");
}

TEST_CASE("JSON has a version, null and infinities as text", "[table]") {
  CHECK(Written(TableFormat::kJson, kColumns, kRows) ==
        "{\"version\": 1, \"columns\": [\"name\", \"x\"], \"rows\": [\n"
        "  {\"name\": \"ä|b\\nc\", \"x\": 1},\n"
        "  {\"name\": \"say \\\"hi\\\", you\", \"x\": \"-Infinity\"},\n"
        "  {\"name\": null, \"x\": 0.1}\n"
        "], \"warnings\": []}\n");
  CHECK(Written(TableFormat::kJson, {"x"}, {}) ==
        "{\"version\": 1, \"columns\": [\"x\"], \"rows\": [], \"warnings\": []}\n");
}

TEST_CASE("JSON is UTF-8 whatever the store holds", "[table]") {
  CHECK(Written(TableFormat::kJson, {"\xffx"}, {{std::string("ä caf\xe9\xe2\x82 \"")}}) ==
        "{\"version\": 1, \"columns\": [\"\uFFFDx\"], \"rows\": [\n"
        "  {\"\uFFFDx\": \"ä caf\uFFFD\uFFFD\uFFFD \\\"\"}\n"
        "], \"warnings\": []}\n");
}

TEST_CASE("JSON tells columns of the same name apart", "[table]") {
  CHECK(Written(TableFormat::kJson, {"x", "x", "x"}, {{std::int64_t{1}, Value(), 2.5}})
            .find("{\"x\": 1, \"x:1\": null, \"x:2\": 2.5}") != std::string::npos);
}

TEST_CASE("Markdown escapes what would break its table", "[table]") {
  CHECK(Written(TableFormat::kMarkdown, kColumns, kRows) ==
        "| name | x |\n|---|---|\n| ä\\|b<br>c | 1 |\n| say \"hi\", you | -Infinity |\n"
        "| NULL | 0.1 |\n");
}

TEST_CASE("LaTeX escapes all it would obey and sets numbers to the right", "[table]") {
  CHECK(
      Written(TableFormat::kLatex, {"50%", "x_1"},
              {{std::string("a & b\\c\nd"), std::int64_t{-1}}, {Value(), 0.25}}) ==
      "% needs \\usepackage{booktabs}\n\\begin{tabular}{lr}\n\\toprule\n"
      "50\\% & x\\_1 \\\\\n\\midrule\n"
      "a \\& b\\textbackslash{}c d & $-$1 \\\\\nNULL & 0.25 \\\\\n\\bottomrule\n\\end{tabular}\n");
}

TEST_CASE("a table does not hold back more than its first thousand rows", "[table]") {
  std::ostringstream out;
  const auto writer = MakeRowWriter(TableFormat::kTable, out);
  writer->Begin({"x", "y"});
  for (std::int64_t i = 0; i < 999; ++i) writer->Row({i, std::int64_t{1}});
  CHECK(out.str().empty());
  writer->Row({std::int64_t{999}, std::int64_t{1}});
  CHECK(out.str().starts_with("  x  y\n───  ─\n  0  1\n"));
  out.str("");
  writer->Row({std::int64_t{12345}, std::string("text")});
  CHECK(out.str() == "12345  text\n");
  writer->Row({std::int64_t{7}, Value()});
  writer->End();
  CHECK(out.str() == "12345  text\n    7  NULL\n");
}

TEST_CASE("a table does not hold back more than a mebibyte", "[table]") {
  std::ostringstream out;
  const auto writer = MakeRowWriter(TableFormat::kTable, out);
  writer->Begin({"x"});
  for (int i = 0; i < 2; ++i) writer->Row({std::string(600'000, 'x')});
  CHECK(out.str().size() > 1'200'000);
}

TEST_CASE("reals are exact in CSV and short in a table", "[table]") {
  const std::vector<std::vector<Value>> rows = {{0.1 + 0.2}, {1e300}, {2.0}};
  CHECK(Written(TableFormat::kCsv, {"x"}, rows) == "x\n0.30000000000000004\n1e+300\n2\n");
  CHECK(Written(TableFormat::kMarkdown, {"x"}, rows) ==
        "| x |\n|---|\n| 0.3 |\n| 1e+300 |\n| 2 |\n");
}

TEST_CASE("a table without rows has its headers", "[table]") {
  CHECK(Written(TableFormat::kTable, {"x"}, {}) == "x\n─\n");
  CHECK(Written(TableFormat::kLatex, {"x"}, {})
            .ends_with("x \\\\\n\\midrule\n\\bottomrule\n\\end{tabular}\n"));
}
