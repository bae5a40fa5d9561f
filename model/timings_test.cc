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

TEST_CASE("a speed is that of a pass over short and long batches", "[probe]") {
  Timings timings;
  timings.batches = 2;
  timings.steps = {{32, 320, 0.1}, {32, 3200, 1.5}};
  CHECK(timings.samples_per_second().median == Approx(40));  // not 320 and 21, nor their middle
  CHECK(timings.tokens_per_second().median == Approx(2200));
  CHECK(timings.samples_per_second().iqr == 0);
}

TEST_CASE("slow steps of single passes do not move a speed, and show in its range", "[probe]") {
  Timings timings;
  timings.batches = 2;
  timings.steps = {{32, 320, 10}, {32, 640, 0.2}, {32, 320, 0.1},
                   {32, 640, 30}, {32, 320, 0.1}, {32, 640, 0.2}};
  CHECK(timings.samples_per_second().median == Approx(64 / 0.3));
  CHECK(timings.tokens_per_second().median == Approx(960 / 0.3));
  const Spread passes = SpreadOf({64 / 10.2, 64 / 30.1, 64 / 0.3});
  CHECK(timings.samples_per_second().iqr == Approx(passes.iqr));
  CHECK(timings.seconds().median == Approx(0.2));
}

}  // namespace sweepformer::model
