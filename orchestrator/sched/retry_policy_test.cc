#include "orchestrator/sched/retry_policy.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("by default crashes, lack of memory and losses are tried three times", "[retry]") {
  const RetrySpec retry;
  for (const Outcome outcome : {Outcome::kCrashed, Outcome::kOutOfMemory, Outcome::kLost}) {
    CHECK(NextState(retry, outcome, 1) == RunState::kPending);
    CHECK(NextState(retry, outcome, 2) == RunState::kPending);
    CHECK(NextState(retry, outcome, 3) == RunState::kFailed);
  }
}

TEST_CASE("a clean failure is not tried again unless asked", "[retry]") {
  RetrySpec retry;
  CHECK(NextState(retry, Outcome::kFailed, 1) == RunState::kFailed);
  CHECK(NextState(retry, Outcome::kTimeout, 1) == RunState::kFailed);
  retry.on = {"failed"};
  CHECK(NextState(retry, Outcome::kFailed, 1) == RunState::kPending);
}

TEST_CASE("what completed is done and what the user interrupted is wanted again", "[retry]") {
  CHECK(NextState({}, Outcome::kCompleted, 1) == RunState::kSucceeded);
  CHECK(NextState({}, Outcome::kCanceled, 9) == RunState::kPending);
}
