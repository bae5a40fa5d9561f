#include "orchestrator/sched/lineage.h"

#include <catch2/catch.hpp>

#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;
using enum RunState;

namespace {

const auto kAllKept = [](const std::string&) { return true; };
const auto kNoneKept = [](const std::string&) { return false; };

}  // namespace

TEST_CASE("heirs are all that start from a run, parents before children", "[lineage]") {
  const Lineage lineage(Family({{}, 0, 1, {}, 0}));
  CHECK(lineage.HeirsOf(0) == std::vector<std::size_t>{1, 4, 2});
  CHECK(lineage.HeirsOf(3).empty());
  CHECK(lineage.ParentOf(2) == 1);
  CHECK_FALSE(lineage.ParentOf(0).has_value());
  CHECK(Lineage(SomeWork(2)).HeirsOf(0).empty());
}

TEST_CASE("what waits for a failed run is given up, and wanted again once that is", "[lineage]") {
  const auto work = Family({{}, 0, 1});
  CHECK(SettleStates(work, {kFailed, kPending, kPending}, kAllKept) ==
        std::vector{kFailed, kAborted, kAborted});
  CHECK(SettleStates(work, {kPending, kAborted, kAborted}, kAllKept) ==
        std::vector{kPending, kPending, kPending});
  CHECK(SettleStates(work, {kSucceeded, kFailed, kAborted}, kAllKept) ==
        std::vector{kSucceeded, kFailed, kAborted});
  CHECK(SettleStates(work, {kFailed, kSucceeded, kPending}, kAllKept) ==
        std::vector{kFailed, kSucceeded, kAborted});
}

TEST_CASE("a run that kept no weights is wanted again if one that is wanted starts from it",
          "[lineage]") {
  const auto work = Family({{}, 0, 1});
  CHECK(SettleStates(work, {kSucceeded, kSucceeded, kPending}, kNoneKept) ==
        std::vector{kPending, kPending, kPending});
  CHECK(SettleStates(work, {kSucceeded, kSucceeded, kPending}, kAllKept) ==
        std::vector{kSucceeded, kSucceeded, kPending});
  CHECK(SettleStates(work, {kSucceeded, kSucceeded, kSucceeded}, kNoneKept) ==
        std::vector{kSucceeded, kSucceeded, kSucceeded});
}
