#include "datasets/lines.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sweepformer::datasets;

TEST_CASE("lines end at either line end and are numbered from 1", "[datasets]") {
  LineReader lines("one\r\n\ntwo\rthree\nlast");
  std::vector<std::string> found;
  for (std::string_view line; lines.Next(line);) found.emplace_back(line);
  CHECK(found == std::vector<std::string>{"one", "", "two\rthree", "last"});
  CHECK(lines.number() == 4);
}

TEST_CASE("lines of a stream are those of the text", "[datasets]") {
  std::string text = "one\r\n\ntwo\rthree\n";
  text += std::string(300'000, 'x') + "\nlast";
  const std::string file = "f";
  MemoryStream stream(text);
  StreamLines lines(stream, file);
  LineReader expected(text);
  std::string_view line, other;
  while (expected.Next(other)) {
    REQUIRE(lines.Next(line).value());
    CHECK(line == other);
    CHECK(lines.number() == expected.number());
  }
  CHECK_FALSE(lines.Next(line).value());
}

TEST_CASE("a line without end is refused", "[datasets]") {
  const std::string text(StreamLines::kLongestLine + (1 << 20), 'x'), file = "f";
  MemoryStream stream(text);
  StreamLines lines(stream, file);
  std::string_view line;
  CHECK(lines.Next(line).status().message() ==
        "f:1: a line of more than 16777216 bytes; is this a text file?");
}

TEST_CASE("an excerpt is short and printable", "[datasets]") {
  CHECK(Excerpt("a\tb\xC3") == "'a?b?'");
  CHECK(Excerpt(std::string(41, 'x')) == "'" + std::string(40, 'x') + "...'");
}
