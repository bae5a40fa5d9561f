#include "orchestrator/sched/holder.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <optional>

#include "orchestrator/core/testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

TEST_CASE("a store has one holder, who is named to the second", "[holder]") {
  const TempFolder folder;
  auto first = std::optional(StoreHolder::Acquire(folder / "s.db").value());
  const Status refused = StoreHolder::Acquire(folder / "s.db", 0).status();
  CHECK(refused.code() == Code::kUnavailable);
  CHECK_THAT(refused.message(), Catch::Contains("pid " + std::to_string(getpid())) &&
                                    Catch::Contains("host ") && Catch::Contains("--store"));
  CHECK(StoreHolder::Acquire(folder / "other.db", 0).ok());
  first.reset();
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).ok());
}

TEST_CASE("the lock is held until the last copy of the descriptor is closed", "[holder]") {
  const TempFolder folder;
  auto holder = std::optional(StoreHolder::Acquire(folder / "s.db").value());
  const int inherited = dup(holder->fd());
  holder.reset();
  CHECK_FALSE(StoreHolder::Acquire(folder / "s.db", 0).ok());
  close(inherited);
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).ok());
}

TEST_CASE("a lock that cannot be made says so", "[holder]") {
  CHECK(StoreHolder::Acquire("/no/such/folder/s.db", 0).status().code() == Code::kIo);
}
