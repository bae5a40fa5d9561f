#include "orchestrator/sched/resources.h"

#include <array>
#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("a run needs a slot, its threads as CPUs, and what its limits name", "[resources]") {
  Limits limits;
  CHECK(NeedOf(limits, 2) == Resources{{"slots", 1}, {"cpus", 2}});
  limits.cpus = 1.5;
  limits.mem_bytes = 1000;
  limits.named["gpus"] = 1;
  CHECK(NeedOf(limits, 2) == Resources{{"slots", 1}, {"cpus", 1.5}, {"mem", 1000}, {"gpus", 1}});
}

TEST_CASE("what is taken no longer fits until it is given back", "[resources]") {
  ResourcePool pool({{"cpus", 2}, {"mem", 100}});
  const Resources need = {{"cpus", 1}, {"mem", 60}};
  CHECK(pool.Fits(need));
  pool.Take(need);
  CHECK_FALSE(pool.Fits(need));
  CHECK(pool.Fits({{"cpus", 1}}));
  pool.Give(need);
  CHECK(pool.Fits(need));
}

TEST_CASE("fractions that were given back leave nothing behind", "[resources]") {
  ResourcePool pool = MachinePool(8, 2, 1e9, {{"gpus", 1}});
  const std::array parts = {0.1, 0.3, 0.5};
  const auto part = [&](std::size_t run) { return Resources{{"gpus", parts[run % 3]}}; };
  constexpr std::size_t kRuns = 300;
  for (std::size_t run = 0; run < kRuns; ++run) {  // three at once; their sum ends at 2e-16
    pool.Take(part(run));
    if (run >= 2) pool.Give(part(run - 2));
  }
  for (const std::size_t run : {kRuns - 2, kRuns - 1}) pool.Give(part(run));
  CHECK(pool.Fits({{"gpus", 1}}));
  CHECK_FALSE(pool.Fits({{"gpus", 1.001}}));
}

TEST_CASE("slots are counted with -j, however many cores there are", "[resources]") {
  const ResourcePool slots = MachinePool(8, 2, 1e9);
  CHECK(slots.Lacks({{"slots", 1}, {"cpus", 16}}).empty());
  CHECK(slots.Total("slots") == 8);
  const ResourcePool cores = MachinePool(0, 2, 1e9);
  CHECK(cores.Lacks({{"slots", 1}, {"cpus", 16}}) == "cpus");
  CHECK(cores.Lacks({{"mem", 2e9}}) == "mem");
}

TEST_CASE("named resources hold runs back, and one that is not there is lacking", "[resources]") {
  ResourcePool pool = MachinePool(8, 2, 1e9, {{"gpus", 2}});
  const Resources need = {{"slots", 1}, {"cpus", 1}, {"gpus", 1}};
  pool.Take(need);
  CHECK(pool.Fits(need));
  pool.Take(need);
  CHECK_FALSE(pool.Fits(need));
  CHECK(pool.Lacks(need).empty());
  CHECK(pool.Lacks({{"licences", 1}}) == "licences");
  CHECK(pool.Lacks({{"licences", 0}}).empty());
}
