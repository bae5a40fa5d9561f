#include "model/timings.h"

#include <catch2/catch.hpp>

namespace sweepformer::model {

TEST_CASE("median and interquartile range lie between neighbours", "[probe]") {
  CHECK(SpreadOf({3}).median == 3);
  CHECK(SpreadOf({3}).iqr == 0);
  const Spread four = SpreadOf({4, 1, 3, 2});
  CHECK(four.median == 2.5);
  CHECK(four.iqr == Approx(1.5));  // 3.25 - 1.75, as R's quantile and numpy's percentile say
  CHECK(SpreadOf({1, 1, 1, 1, 100}).median == 1);
}

TEST_CASE("speeds are per step, so that one slow step does not move the median", "[probe]") {
  Timings timings;
  timings.steps = {{32, 320, 0.1}, {32, 640, 0.1}, {32, 320, 10}};
  CHECK(timings.samples_per_second().median == Approx(320));
  CHECK(timings.tokens_per_second().median == Approx(3200));
  CHECK(timings.seconds().median == Approx(0.1));
}

}  // namespace sweepformer::model
