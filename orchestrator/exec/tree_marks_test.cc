#include "orchestrator/exec/tree_marks.h"

#include <unistd.h>

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("a mark names the keeper and the attempt", "[keeper]") {
  const TreeMarks marks(12, 34);
  CHECK(marks.Of(5) == "12.34.5");
  CHECK(marks.IsOurs(marks.Of(6)));
  CHECK_FALSE(marks.IsOurs("5"));
  CHECK_FALSE(marks.IsOurs(""));
  CHECK_FALSE(marks.IsOurs(TreeMarks(12, 345).Of(5)));
  CHECK_FALSE(marks.IsOurs(TreeMarks(1, 234).Of(5)));
  CHECK(TreeMarks::OfThisProcess().IsOurs(TreeMarks::OfThisProcess().Of(1)));
  CHECK(TreeMarks::OfThisProcess().Of(1).starts_with(std::to_string(getpid()) + "."));
}
