#include "orchestrator/core/outcome.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("the stored words of states and outcomes are those of the contract", "[core][stable]") {
  CHECK(Word(RunState::kPending) == "pending");
  CHECK(Word(RunState::kStopped) == "stopped");
  CHECK(Word(Outcome::kOutOfMemory) == "out_of_memory");
  CHECK(Word(Outcome::kLost) == "lost");
  for (const char* word : {"pending", "running", "succeeded", "failed", "canceled", "aborted"}) {
    CHECK(Word(ParseRunState(word).value()) == word);
  }
  for (const char* word : {"completed", "failed", "crashed", "timeout", "canceled", "lost"}) {
    CHECK(Word(ParseOutcome(word).value()) == word);
  }
  CHECK_FALSE(ParseOutcome("oom").has_value());
}

TEST_CASE("only a run that waits or runs is not final", "[core]") {
  CHECK_FALSE(IsFinal(RunState::kPending));
  CHECK_FALSE(IsFinal(RunState::kRunning));
  for (const char* word : {"succeeded", "failed", "canceled", "aborted", "stopped"}) {
    CHECK(IsFinal(ParseRunState(word).value()));
  }
}
