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

TEST_CASE("an excerpt is short and printable", "[datasets]") {
  CHECK(Excerpt("a\tb\xC3") == "'a?b?'");
  CHECK(Excerpt(std::string(41, 'x')) == "'" + std::string(40, 'x') + "...'");
}
