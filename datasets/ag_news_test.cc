#include "datasets/ag_news.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

TEST_CASE("ag news has four classes, and a backslash is a line break", "[datasets][agnews]") {
  const auto rows =
      ReadAgNews("\"3\",\"Markets\",\"a social\\network, \"\"big\"\"\"\n\"1\",\"t\",\"b\"\n", "f");
  REQUIRE(rows.ok());
  CHECK(*rows == std::vector<Review>{{"Markets", "a social network, \"big\"", 2, 0, ""},
                                     {"t", "b", 0, 0, ""}});
}

TEST_CASE("what is no row of ag news is named", "[datasets][agnews]") {
  CHECK(MessageOf(ReadAgNews("\"5\",\"t\",\"b\"\n", "f")) ==
        "f:1: column 1: '5' is no class; expected 1 to 4");
  CHECK(MessageOf(ReadAgNews("\"1\",\"t\",\"b\"\n\"1\",\"t\"\n", "f")) ==
        "f:2: expected 3 fields, found 2");
  CHECK(MessageOf(ReadAgNews("", "f")) == "f:1: the file is empty; get it again");
}
