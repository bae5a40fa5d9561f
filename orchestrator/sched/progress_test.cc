#include "orchestrator/sched/progress.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("a progress line says what is done, running, failed and left", "[progress]") {
  CHECK(ProgressLine({24, 7, 2, 1, 0, 2, 14}, {3.2, 260}) ==
        "7/24 done, 2 running, 1 failed, 14 left, 3.2 runs/min, about 4m 20s to go");
  CHECK(ProgressLine({24, 7, 2, 1, 3, 0, 0}, {}) == "7/24 done, 1 failed, 3 aborted");
  CHECK(ProgressLine({3, 3, 0, 0, 0, 0}, {}) == "3/3 done");
  CHECK(ProgressLine({3, 3, 0, 0, 0, 0}, {4711.3, {}}) == "3/3 done, 4711 runs/min");
}

TEST_CASE("the pace counts runs of this launch and halves of running ones", "[progress]") {
  PlanCounts counts;
  counts.left = 4;
  counts.running = 2;
  const Pace pace = PaceOf(10, counts, 60'000);
  CHECK(pace.runs_per_minute == Approx(10));
  CHECK(pace.seconds_left.value() == Approx(30));
  CHECK_FALSE(PaceOf(0, counts, 60'000).seconds_left.has_value());
  CHECK_FALSE(PaceOf(5, {}, 60'000).seconds_left.has_value());
}

TEST_CASE("durations read as people say them", "[progress]") {
  CHECK(ShortDuration(0.085) == "85ms");
  CHECK(ShortDuration(12.34) == "12.3s");
  CHECK(ShortDuration(59.97) == "1m 0s");
  CHECK(ShortDuration(260) == "4m 20s");
  CHECK(ShortDuration(11'100) == "3h 5m");
}
