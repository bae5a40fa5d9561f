#include "datasets/csv.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

using Rows = std::vector<std::vector<std::string>>;

const std::string kFile = "a.csv";

Rows RowsOf(std::string_view bytes) {
  CsvReader csv(bytes, kFile);
  Rows rows;
  CsvRow row;
  for (;;) {
    const auto more = csv.Next(row);
    INFO(MessageOf(more));
    REQUIRE(more.ok());
    if (!*more) return rows;
    rows.push_back(row.fields);
  }
}

std::string ErrorOf(std::string_view bytes) {
  CsvReader csv(bytes, kFile);
  CsvRow row;
  auto more = csv.Next(row);
  while (more.ok() && *more) more = csv.Next(row);
  return MessageOf(more);
}

}  // namespace

TEST_CASE("csv fields are parted by commas and records by either line end", "[datasets][csv]") {
  CHECK(RowsOf("a,b\nc,d\r\ne,") == Rows{{"a", "b"}, {"c", "d"}, {"e", ""}});
  CHECK(RowsOf("a\n\n\r\nb\n") == Rows{{"a"}, {"b"}});
  CHECK(RowsOf(",\n") == Rows{{"", ""}});
  CHECK(RowsOf("").empty());
  CHECK(RowsOf("\n").empty());
}

TEST_CASE("quoted csv fields hold commas, quotes and line breaks", "[datasets][csv]") {
  CHECK(RowsOf("\"a,b\",\"say \"\"hi\"\"\"\n") == Rows{{"a,b", "say \"hi\""}});
  CHECK(RowsOf("\"one\ntwo\r\n\nthree\",x") == Rows{{"one\ntwo\r\n\nthree", "x"}});
  CHECK(RowsOf("\"\",\"\"\"\"\r\n\"\"") == Rows{{"", "\""}, {""}});
}

TEST_CASE("a quote inside an unquoted csv field is an ordinary character", "[datasets][csv]") {
  CHECK(RowsOf("6\" nails,ok\n") == Rows{{"6\" nails", "ok"}});
}

TEST_CASE("a byte order mark in front of a csv file is skipped", "[datasets][csv]") {
  CHECK(RowsOf("\xEF\xBB\xBF\"a\",b") == Rows{{"a", "b"}});
}

TEST_CASE("a csv record knows the line where it begins", "[datasets][csv]") {
  CsvReader csv("h\n\"1\n2\n3\"\r\n\nlast\n", kFile);
  CsvRow row;
  std::vector<std::size_t> lines;
  while (*csv.Next(row)) lines.push_back(row.line);
  CHECK(lines == std::vector<std::size_t>{1, 2, 6});
}

TEST_CASE("a csv quote that is never closed is reported where it opens", "[datasets][csv]") {
  CHECK(ErrorOf("a,b\n1,\"cut\noff") ==
        "a.csv:2: a quote opens here and is never closed; write a quote inside a field as \"\", or "
        "get the file again if it was cut off");
  CHECK(ErrorOf("\"ends with a doubled quote\"\"") != "");
}

TEST_CASE("text after a closing csv quote is an error", "[datasets][csv]") {
  CHECK(ErrorOf("x\n\"a\n\"b\",c\n") ==
        "a.csv:3: 'b' after a closing quote; write a quote inside a field as \"\"");
}

TEST_CASE("absurd csv fields and records are errors instead of memory", "[datasets][csv]") {
  const std::string longest(CsvReader::kLongestField, 'x');
  CHECK(RowsOf("\"" + longest + "\"").size() == 1);
  CHECK(ErrorOf("a\n\"" + longest + "x\"") ==
        "a.csv:2: the quoted field that opens here is longer than 1048576 bytes; a closing quote "
        "seems to be missing");
  CHECK(ErrorOf("a\n" + longest + "x") ==
        "a.csv:2: a field of more than 1048576 bytes; is this a CSV file?");
  const std::string commas(CsvReader::kMostFields, ',');
  CHECK(ErrorOf("a\n" + commas) == "a.csv:2: more than 1024 fields; is this a CSV file?");
  CHECK(RowsOf(commas.substr(1)).front().size() == CsvReader::kMostFields);
}

TEST_CASE("a csv file cut at any byte is read or refused with its line", "[datasets][csv]") {
  const std::string whole = "h,\"a \"\"b\"\"\r\nc\",d\r\n\"x\",y\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const std::string error = ErrorOf(whole.substr(0, size));
    INFO("cut at " << size << ": " << error);
    CHECK((error.empty() || error.starts_with("a.csv:1: a quote") ||
           error.starts_with("a.csv:3: a quote")));
  }
}
