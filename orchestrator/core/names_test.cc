#include "orchestrator/core/names.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("the views' fixed columns are reserved in any case", "[core]") {
  CHECK(IsReservedName("seed"));
  CHECK(IsReservedName("rowid"));  // a column of that name would hide SQLite's
  CHECK(IsReservedName("In_Plan"));
  CHECK_FALSE(IsReservedName("seeds"));
}
