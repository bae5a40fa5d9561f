#include "orchestrator/sched/retry_policy.h"

#include <algorithm>

namespace sweepformer {

RunState NextState(const RetrySpec& retry, Outcome outcome, int attempts_used) {
  if (outcome == Outcome::kCompleted) return RunState::kSucceeded;
  if (outcome == Outcome::kCanceled) return RunState::kPending;
  const bool retried = std::find(retry.on.begin(), retry.on.end(), Word(outcome)) != retry.on.end();
  return retried && attempts_used < retry.attempts ? RunState::kPending : RunState::kFailed;
}

}  // namespace sweepformer
