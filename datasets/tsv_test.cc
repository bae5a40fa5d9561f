#include "datasets/tsv.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

TEST_CASE("tabs alone part fields, blank lines are skipped", "[datasets][tsv]") {
  const std::string file = "f";
  TsvReader tsv(
      "\xEF\xBB\xBF"
      "a\t\"b\r\n\n\t\nlast",
      file);
  CsvRow row;
  REQUIRE(*tsv.Next(row));
  CHECK(row.fields == std::vector<std::string>{"a", "\"b"});
  REQUIRE(*tsv.Next(row));
  CHECK(row.line == 3);
  CHECK(row.fields == std::vector<std::string>{"", ""});
  REQUIRE(*tsv.Next(row));
  CHECK(row.fields == std::vector<std::string>{"last"});
  CHECK_FALSE(*tsv.Next(row));
}

TEST_CASE("an absurd line is refused", "[datasets][tsv]") {
  const std::string file = "f";
  const std::string wide(2000, '\t'), deep(CsvReader::kLongestField + 1, 'x');
  CsvRow row;
  CHECK(MessageOf(TsvReader(wide, file).Next(row)) ==
        "f:1: more than 1024 fields; is this a TSV file?");
  CHECK(MessageOf(TsvReader(deep, file).Next(row)) ==
        "f:1: a field of more than 1048576 bytes; is this a TSV file?");
}
