#include "model/schedule.h"

#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

TEST_CASE("the learning rate rises in equal steps and reaches its peak once", "[schedule]") {
  const Schedule schedule({.warmup_share = 0.3, .decay = Decay::kLinear}, 10);
  CHECK(schedule.warmup_steps() == 3);
  CHECK(schedule.Factor(0) == 0.25);
  CHECK(schedule.Factor(1) == 0.5);
  CHECK(schedule.Factor(2) == 0.75);
  CHECK(schedule.Factor(3) == 1.0);
  CHECK(schedule.Factor(4) < 1.0);
}

TEST_CASE("decay ends exactly with the last step", "[schedule]") {
  for (const Decay decay : {Decay::kLinear, Decay::kCosine}) {
    for (const std::int64_t steps : {1, 2, 7, 1000}) {
      const Schedule schedule({.warmup_share = 0.1, .decay = decay}, steps);
      CHECK(schedule.Factor(steps) == Approx(0.0).margin(1e-15));
      CHECK(schedule.Factor(steps - 1) > 0.0);
      for (std::int64_t step = schedule.warmup_steps(); step < steps; ++step) {
        CHECK(schedule.Factor(step) > schedule.Factor(step + 1));
      }
    }
  }
  CHECK(Schedule({.warmup_share = 0, .decay = Decay::kLinear}, 4).Factor(3) == 0.25);
  CHECK(Schedule({.warmup_share = 0, .decay = Decay::kCosine}, 4).Factor(2) == Approx(0.5));
}

TEST_CASE("without decay the learning rate stays at its peak", "[schedule]") {
  const Schedule schedule({.warmup_share = 0.5, .decay = Decay::kNone}, 8);
  CHECK(schedule.Factor(3) < 1.0);
  CHECK(schedule.Factor(4) == 1.0);
  CHECK(schedule.Factor(7) == 1.0);
}

TEST_CASE("warm-up never takes the last step", "[schedule]") {
  const Schedule schedule({.warmup_share = 1.0, .decay = Decay::kLinear}, 5);
  CHECK(schedule.warmup_steps() == 4);
  CHECK(schedule.Factor(4) == 1.0);
}

}  // namespace
}  // namespace sweepformer::model
