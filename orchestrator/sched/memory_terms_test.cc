#include "orchestrator/sched/memory_terms.h"

#include <catch2/catch.hpp>

#include "orchestrator/sched/reactor.h"
#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

LaunchTerms Limited(std::int64_t bytes) {
  LaunchTerms terms;
  terms.limits.mem_bytes = bytes;
  terms.need = {{"mem", static_cast<double>(bytes)}};
  return terms;
}

/// Runs of one cell each, or all of one, limited to 100 of the machine's 250 bytes of memory.
Reactor LimitedReactor(int runs, double mem_factor, bool one_cell) {
  const auto terms = std::make_shared<const LaunchTerms>(Limited(100));
  std::vector<PlannedWork> work;
  for (int i = 0; i < runs; ++i) {
    RunContent content;
    content.parameters = {{"x", std::int64_t{one_cell ? 0 : i}}};
    content.seed = i;
    work.push_back({RunConfig(content), terms});
  }
  RetrySpec retry;
  retry.attempts = 9;
  retry.mem_factor = mem_factor;
  return Reactor(PlanOf(std::move(work)), std::vector<int>(static_cast<std::size_t>(runs), 0),
                 ResourcePool({{"mem", 250}}), retry);
}

void Begin(Reactor& reactor, std::size_t run, std::int64_t key) {
  reactor.Began(run, {key, 1, ""}, {}, 0);
}

EndedEvent Completed(std::int64_t attempt, std::int64_t peak) {
  EndedEvent end = EndOf(attempt, 0);
  end.peak_rss_bytes = peak;
  return end;
}

EndedEvent OutOfMemory(std::int64_t attempt) {
  EndedEvent end;
  end.attempt = attempt;
  end.signal = 9;
  end.out_of_memory = true;
  return end;
}

}  // namespace

TEST_CASE("a run that ran out of memory gets more, up to the machine's", "[memory]") {
  CHECK(WithMoreMemory(Limited(100), 100, 2, 1000).limits.mem_bytes == 200);
  CHECK(WithMoreMemory(Limited(100), 100, 2, 1000).need.at("mem") == 200);
  CHECK(WithMoreMemory(Limited(100), 100, 2, 150).limits.mem_bytes == 150);
  CHECK(WithMoreMemory(Limited(100), 100, 2, 50).limits.mem_bytes == 100);
  CHECK_FALSE(WithMoreMemory(LaunchTerms{}, 100, 2, 50).limits.mem_bytes);
}

TEST_CASE("a limit that was raised meanwhile is multiplied no more than need be", "[memory]") {
  CHECK(WithMoreMemory(Limited(400), 100, 2, 1000).limits.mem_bytes == 400);
  CHECK(WithMoreMemory(Limited(150), 100, 2, 1000).limits.mem_bytes == 200);
  CHECK(WithMoreMemory(Limited(50), 100, 1, 1000).limits.mem_bytes == 50);  // as the user says
}

TEST_CASE("a known peak is what a run is admitted by, within its limit", "[memory]") {
  CHECK(WithKnownPeak(Limited(100), 40, 1000).need.at("mem") == 40);
  CHECK(WithKnownPeak(Limited(100), 40, 1000).limits.mem_bytes == 100);
  CHECK(WithKnownPeak(Limited(100), 140, 1000).need.at("mem") == 100);
  CHECK(WithKnownPeak(LaunchTerms{}, 140, 1000).need.at("mem") == 140);
  CHECK(WithKnownPeak(LaunchTerms{}, 140, 100).need.at("mem") == 100);
}

TEST_CASE("more runs of a cell fit once one has shown what they take", "[memory][reactor]") {
  Reactor reactor = LimitedReactor(8, 1, /*one_cell=*/true);
  Begin(reactor, 0, 1);
  Begin(reactor, 1, 2);
  CHECK_FALSE(reactor.NextRun());
  reactor.Apply(Completed(1, 50), 1);
  for (const std::size_t run :
       {2U, 3U, 4U}) {  // 100 is taken by the other, which may still need it
    REQUIRE(reactor.NextRun() == run);
    Begin(reactor, run, 10 + static_cast<std::int64_t>(run));
  }
  CHECK_FALSE(reactor.NextRun());
  reactor.Apply(Completed(2, 40), 2);  // gives back what it was admitted by
  CHECK(reactor.NextRun() == 5);
}

TEST_CASE("what a whole tree took is what its cell takes", "[memory][reactor]") {
  Reactor reactor = LimitedReactor(2, 1, /*one_cell=*/true);
  Begin(reactor, 0, 1);
  EndedEvent end = Completed(1, 10);  // of its largest process
  end.peak_cgroup_bytes = 90;
  reactor.Apply(end, 1);
  CHECK(reactor.plan().work(1).terms->need.at("mem") == 90);
}

TEST_CASE("other cells are not judged by it", "[memory][reactor]") {
  Reactor reactor = LimitedReactor(4, 1, /*one_cell=*/false);
  Begin(reactor, 0, 1);
  reactor.Apply(Completed(1, 10), 1);
  CHECK(reactor.plan().work(1).terms->need.at("mem") == 100);
}

TEST_CASE("what runs are reckoned to take counts until one has shown it, or a limit says",
          "[memory][reactor]") {
  std::vector<PlannedWork> work = SomeWork(4);  // of a cell each
  work[3].terms = std::make_shared<const LaunchTerms>(Limited(100));
  Reactor reactor(PlanOf(std::move(work)), std::vector<int>(4, 0),
                  ResourcePool({{"slots", 9}, {"mem", 250}}), {});
  const auto cell = [&](std::size_t run) { return reactor.plan().work(run).config.cell(); };
  reactor.LearnPeak(cell(2), 50);
  for (std::size_t run = 0; run < 4; ++run) reactor.ExpectPeak(cell(run), run == 1 ? 900 : 150);
  CHECK(reactor.plan().work(0).terms->need.at("mem") == 150);
  CHECK(reactor.plan().work(1).terms->need.at("mem") == 250);  // alone, as large as it may be
  CHECK(reactor.plan().work(2).terms->need.at("mem") == 50);
  CHECK(reactor.plan().work(3).terms->need.at("mem") == 100);
  Begin(reactor, 0, 1);
  CHECK(reactor.NextRun() == 2);  // run 1 waits until the memory is free
  reactor.LearnPeak(cell(1), 60);
  CHECK(reactor.NextRun() == 1);
}

TEST_CASE("each retry after running out of memory has mem_factor times as much",
          "[memory][reactor]") {
  Reactor reactor = LimitedReactor(1, 2, /*one_cell=*/true);
  Begin(reactor, 0, 1);
  const auto actions = reactor.Apply(OutOfMemory(1), 1);
  CHECK(std::get<StoreEnd>(actions.front()).end.outcome == Outcome::kOutOfMemory);
  CHECK(reactor.plan().work(0).terms->limits.mem_bytes == 200);
  Begin(reactor, reactor.NextRun().value(), 2);
  reactor.Apply(OutOfMemory(2), 2);
  CHECK(reactor.plan().work(0).terms->limits.mem_bytes == 250);
  CHECK(reactor.NextRun() == 0);
}

TEST_CASE("what ran out before this launch has its larger limit at once", "[memory][reactor]") {
  Reactor reactor = LimitedReactor(2, 1.5, /*one_cell=*/true);
  reactor.RanOut(0, 150);
  reactor.LearnPeak(reactor.plan().work(0).config.cell(), 20);
  CHECK(reactor.plan().work(0).terms->limits.mem_bytes == 225);
  CHECK(reactor.plan().work(0).terms->need.at("mem") == 225);
  CHECK(reactor.plan().work(1).terms->need.at("mem") == 20);
}
