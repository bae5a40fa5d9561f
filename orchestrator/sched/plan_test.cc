#include "orchestrator/sched/plan.h"

#include <catch2/catch.hpp>

#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

TEST_CASE("wanted runs come in order, those that do not fit are passed over", "[plan]") {
  auto work = SomeWork(3);
  LaunchTerms terms;
  terms.need = {{"mem", 8}};
  work[0].terms = std::make_shared<const LaunchTerms>(terms);
  Plan plan = PlanOf(std::move(work));
  ResourcePool pool({{"mem", 4}, {"slots", 1}});
  CHECK(plan.FindWork(pool) == 1);
  pool.Take({{"slots", 1}});
  CHECK_FALSE(plan.FindWork(pool).has_value());
}

TEST_CASE("what has succeeded or failed is not wanted", "[plan]") {
  Plan plan(SomeWork(4),
            {RunState::kSucceeded, RunState::kFailed, RunState::kPending, RunState::kPending});
  const ResourcePool pool({{"slots", 9}});
  CHECK(plan.Counts().reused == 1);
  CHECK(plan.Counts().left == 2);
  CHECK(plan.FindWork(pool) == 2);
  plan.SetState(2, RunState::kRunning);
  CHECK(plan.FindWork(pool) == 3);
  CHECK(plan.Counts().running == 1);
}

TEST_CASE("a run that is wanted again is found again", "[plan]") {
  Plan plan = PlanOf(SomeWork(2));
  const ResourcePool pool({{"slots", 9}});
  for (const std::size_t run : {0, 1}) plan.SetState(run, RunState::kSucceeded);
  CHECK_FALSE(plan.FindWork(pool).has_value());
  plan.SetState(0, RunState::kPending);
  CHECK(plan.FindWork(pool) == 0);
  CHECK(plan.Counts().succeeded == 1);
}

TEST_CASE("a run that runs alone waits until nothing runs, and nothing starts beside it",
          "[plan]") {
  std::vector<PlannedWork> work = SomeWork(4);
  work[2].alone = work[3].alone = true;
  Plan plan = PlanOf(work);
  const ResourcePool pool({{"slots", 8}});
  plan.SetState(0, RunState::kRunning);
  plan.SetState(1, RunState::kRunning);
  CHECK_FALSE(plan.FindWork(pool).has_value());
  plan.SetState(0, RunState::kSucceeded);
  CHECK_FALSE(plan.FindWork(pool).has_value());
  plan.SetState(1, RunState::kFailed);
  CHECK(plan.FindWork(pool) == 2);
  plan.SetState(2, RunState::kRunning);
  CHECK_FALSE(plan.FindWork(pool).has_value());
  plan.SetState(2, RunState::kPending);
  plan.Postpone(2);
  CHECK(plan.FindWork(pool) == 3);
  plan.Postpone(3);
  CHECK(plan.FindWork(pool) == 2);
}
