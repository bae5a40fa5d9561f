#include "orchestrator/sched/reactor.h"

#include <catch2/catch.hpp>

#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

Reactor SlotReactor(int runs, int slots, RetrySpec retry = {}) {
  return Reactor(PlanOf(SomeWork(runs)), std::vector<int>(static_cast<std::size_t>(runs), 0),
                 ResourcePool({{"slots", static_cast<double>(slots)}}), std::move(retry));
}

/// Starts the next run as attempt `key`; its number in the plan.
std::size_t Begin(Reactor& reactor, std::int64_t key, int number = 1) {
  const std::size_t run = reactor.NextRun().value();
  reactor.Began(run, {key, number, ""}, {}, 1000);
  return run;
}

template <typename T>
const T* Find(const std::vector<Action>& actions) {
  for (const Action& action : actions) {
    if (const auto* found = std::get_if<T>(&action)) return found;
  }
  return nullptr;
}

/// Of an attempt for which there was no process.
EndedEvent Starved(std::int64_t attempt) {
  EndedEvent event;
  event.attempt = attempt;
  event.error = "cannot fork";
  event.at_fault = false;
  return event;
}

}  // namespace

TEST_CASE("capacity is filled and freed", "[reactor]") {
  Reactor reactor = SlotReactor(3, 2);
  CHECK(Begin(reactor, 1) == 0);
  CHECK(Begin(reactor, 2) == 1);
  CHECK_FALSE(reactor.NextRun().has_value());
  reactor.Apply(EndOf(1, 0), 2000);
  CHECK(reactor.NextRun() == 2);
}

/// One after the other, so many runs that each take `took_ms`.
void EndShort(Reactor& reactor, int count, std::int64_t took_ms = 1) {
  static std::int64_t key = 100;
  for (int i = 0; i < count; ++i) {
    Begin(reactor, ++key);
    reactor.Apply(EndOf(key, 0), 1000 + took_ms);
  }
}

TEST_CASE("runs are begun ahead once most were short", "[reactor]") {
  Reactor reactor = SlotReactor(60, 1);
  EndShort(reactor, kMostlyShort - 1);
  Begin(reactor, 1);
  CHECK_FALSE(reactor.NextAhead().has_value());
  reactor.Apply(EndOf(1, 0), 1001);
  CHECK_FALSE(reactor.NextAhead().has_value());  // there is room for the next
  Begin(reactor, 2);
  CHECK(reactor.NextAhead() == kMostlyShort + 1);
  reactor.Apply(EndOf(2, 0), 1000 + kShortMs + 1);
  Begin(reactor, 3);
  CHECK_FALSE(reactor.NextAhead().has_value());
}

TEST_CASE("a few long runs among many short ones change nothing, one more does", "[reactor]") {
  Reactor reactor = SlotReactor(80, 1);
  EndShort(reactor, 2 * kMostlyShort);
  EndShort(reactor, kMostlyShort / kWorthOfLong, 1000);
  Begin(reactor, 1);
  CHECK(reactor.NextAhead().has_value());
  reactor.Apply(EndOf(1, 0), 2000);
  Begin(reactor, 2);
  CHECK_FALSE(reactor.NextAhead().has_value());
}

TEST_CASE("nothing is begun ahead that one like the last leaves no room for", "[reactor]") {
  std::vector<PlannedWork> work = SomeWork(60);
  std::vector<PlannedWork> large = SomeWork(2, {{"slots", 1}, {"gpus", 1}});
  work.insert(work.begin(), large.begin(), large.end());
  Reactor reactor(PlanOf(work), std::vector<int>(62, 0), ResourcePool({{"slots", 2}, {"gpus", 1}}),
                  {});
  CHECK(Begin(reactor, 1) == 0);  // it takes long, and the next like it waits
  EndShort(reactor, kMostlyShort);
  Begin(reactor, 2);
  CHECK(reactor.NextAhead().value() > 1);
}

TEST_CASE("what outlives its program is told each time, and is no note", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  Begin(reactor, 7);
  reactor.Apply(NotedEvent{7, "rubbish"}, 1500);
  const auto told = reactor.Apply(LingeringEvent{7, 12, "sleep"}, 1600);
  CHECK(Find<TellNote>(told)->text ==
        "it has left process 12 (sleep) running, which is waited for");
  const auto ended = reactor.Apply(EndOf(7, 0), 2500);
  CHECK(Find<StoreEnd>(ended)->end.note == "rubbish");
}

TEST_CASE("a failure is no sign of short runs", "[reactor]") {
  Reactor reactor = SlotReactor(60, 1);
  EndShort(reactor, kMostlyShort - 1);
  Begin(reactor, 1);
  reactor.Apply(EndOf(1, 1), 1001);
  Begin(reactor, 2);
  CHECK_FALSE(reactor.NextAhead().has_value());
}

TEST_CASE("what was begun ahead comes next, in order and where there is room", "[reactor]") {
  Reactor reactor = SlotReactor(60, 1);
  EndShort(reactor, kMostlyShort);
  Begin(reactor, 1);
  const std::size_t first = reactor.NextAhead().value();
  reactor.BeganAhead(first, {2, 1, ""});
  const std::size_t second = reactor.NextAhead().value();
  CHECK(second == first + 1);
  reactor.BeganAhead(second, {3, 1, ""});
  CHECK(reactor.Counts().running == 1);
  CHECK(reactor.Counts().left == 60 - kMostlyShort - 1);
  CHECK_FALSE(reactor.TakeAhead().has_value());
  reactor.Apply(EndOf(1, 0), 1001);
  CHECK_FALSE(reactor.NextRun().has_value());
  const auto next = reactor.TakeAhead();
  REQUIRE(next.has_value());
  CHECK(next->run == first);
  CHECK(next->ticket.key == 2);
  reactor.Began(next->run, next->ticket, {}, 1001);
  CHECK_FALSE(reactor.TakeAhead().has_value());
}

TEST_CASE("what is taken back is wanted again, and nothing is begun ahead at once", "[reactor]") {
  Reactor reactor = SlotReactor(60, 1);
  EndShort(reactor, kMostlyShort);
  Begin(reactor, 1);
  const std::size_t ahead = reactor.NextAhead().value();
  reactor.BeganAhead(ahead, {2, 1, ""});
  REQUIRE(reactor.TakeBackAhead().size() == 1);
  CHECK_FALSE(reactor.AnyAhead());
  CHECK_FALSE(reactor.NextAhead().has_value());
  reactor.Apply(EndOf(1, 0), 1001);
  CHECK(reactor.NextRun() == ahead);
}

TEST_CASE("nothing begun ahead is started after an interrupt", "[reactor]") {
  Reactor reactor = SlotReactor(60, 1);
  EndShort(reactor, kMostlyShort);
  Begin(reactor, 1);
  reactor.BeganAhead(reactor.NextAhead().value(), {2, 1, ""});
  reactor.Apply(InterruptedEvent{2}, 1001);
  reactor.Apply(EndOf(1, 0), 1002);
  CHECK_FALSE(reactor.TakeAhead().has_value());
}

TEST_CASE("what a worker notes is stored with its attempt's end", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  Begin(reactor, 7);
  CHECK(reactor.Apply(ReportedEvent{7, NoteEvent{"went on from step 3"}}, 1500).empty());
  reactor.Apply(NotedEvent{7, "rubbish"}, 1600);
  const auto actions = reactor.Apply(EndOf(7, 0), 2500);
  CHECK(Find<StoreEnd>(actions)->end.note == "rubbish; went on from step 3");
}

TEST_CASE("the end of an attempt is stored with what it reported, then told", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  Begin(reactor, 7);
  const auto reported = reactor.Apply(ReportedEvent{7, MetricEvent{"y", 3, {}, ""}}, 1500);
  CHECK(Find<StoreMeasurement>(reported)->measurement.value == 3);
  const auto actions = reactor.Apply(EndOf(7, 0), 2500);
  REQUIRE(actions.size() == 2);
  const AttemptEnd& end = std::get<StoreEnd>(actions[0]).end;
  CHECK(end.key == 7);
  CHECK(end.outcome == Outcome::kCompleted);
  CHECK(end.next_state == RunState::kSucceeded);
  CHECK(end.final_metrics.at("y") == 3);
  CHECK(end.peak_rss_method == "wait4");
  CHECK(std::get<TellEnd>(actions[1]).took_ms == 1500);
  CHECK_FALSE(reactor.AnyRunning());
  CHECK(reactor.plan().Counts().succeeded == 1);
}

TEST_CASE("a crash is tried again until its attempts are used up", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  EndedEvent crash;
  crash.signal = 11;
  for (int number = 1; number <= 3; ++number) {
    CHECK(Begin(reactor, number, number) == 0);
    crash.attempt = number;
    const auto actions = reactor.Apply(crash, 2000);
    const RunState next = Find<StoreEnd>(actions)->end.next_state;
    CHECK(next == (number < 3 ? RunState::kPending : RunState::kFailed));
  }
  CHECK_FALSE(reactor.NextRun().has_value());
  CHECK(reactor.plan().Counts().failed == 1);
}

TEST_CASE("what cannot be started for want of processes waits for others to end", "[reactor]") {
  RetrySpec once;
  once.attempts = 1;
  Reactor reactor = SlotReactor(4, 4, once);
  for (const std::int64_t key : {1, 2, 3}) Begin(reactor, key);
  const AttemptEnd end = Find<StoreEnd>(reactor.Apply(Starved(3), 2000))->end;
  CHECK(end.outcome == Outcome::kLost);
  CHECK(end.next_state == RunState::kPending);
  CHECK_FALSE(end.counts);
  CHECK_FALSE(reactor.NextRun());  // two at once is what there is room for
  reactor.Apply(EndOf(1, 0), 2100);
  CHECK(Begin(reactor, 4) == 2);
  CHECK_FALSE(reactor.NextRun());
}

TEST_CASE("slots that a short want took away come back as runs end well", "[reactor]") {
  Reactor reactor = SlotReactor(40, 3);
  std::int64_t last = 0;
  const auto fill = [&] {
    int begun = 0;
    for (; reactor.NextRun(); ++begun) Begin(reactor, ++last);
    return begun;
  };
  REQUIRE(fill() == 3);
  reactor.Apply(Starved(3), 2000);
  reactor.Apply(Starved(2), 2000);
  CHECK(fill() == 0);  // one at once
  reactor.Apply(EndOf(1, 0), 2100);
  CHECK(fill() == 1);
  reactor.Apply(EndOf(4, 0), 2200);
  CHECK(fill() == 2);  // two at once
  reactor.Apply(Starved(6), 2300);
  for (const std::int64_t key : {5, 7, 8}) {  // where that was too many it takes longer
    reactor.Apply(EndOf(key, 0), 2400);
    CHECK(fill() == 1);
  }
  reactor.Apply(EndOf(9, 0), 2500);
  CHECK(fill() == 2);
  for (std::int64_t key = 10; key < 30; ++key) {
    reactor.Apply(EndOf(key, 0), 2600);
    fill();
  }
  CHECK(last == 32);  // three at once, as asked for, and no more
}

TEST_CASE("where not even one run can be started, time after time, none is used up", "[reactor]") {
  Reactor reactor = SlotReactor(4, 1);
  for (std::int64_t key = 1; key <= 2 * kMostLoneTries - 1; ++key) {
    CHECK(reactor.stalled().empty());
    Begin(reactor, key);
    if (key == kMostLoneTries - 1) {
      reactor.Apply(EndOf(key, 0), 2000);
      continue;
    }
    const AttemptEnd end = Find<StoreEnd>(reactor.Apply(Starved(key), 2000))->end;
    CHECK(end.next_state == RunState::kPending);
    CHECK_FALSE(end.counts);
  }
  CHECK_THAT(reactor.stalled(), Catch::Contains("cannot fork"));
}

TEST_CASE("attempts used before this launch count", "[reactor]") {
  Reactor reactor(PlanOf(SomeWork(1)), {2}, ResourcePool({{"slots", 1}}), {});
  Begin(reactor, 1, 3);
  EndedEvent crash;
  crash.attempt = 1;
  crash.signal = 11;
  CHECK(Find<StoreEnd>(reactor.Apply(crash, 2000))->end.next_state == RunState::kFailed);
}

TEST_CASE("the first interrupt asks what runs to stop, the second kills it", "[reactor]") {
  Reactor reactor = SlotReactor(3, 1);
  Begin(reactor, 1);
  const auto first = reactor.Apply(InterruptedEvent{2}, 1500);
  CHECK(Find<StopAttempt>(first)->how == StopHow::kAsk);
  CHECK_FALSE(Find<TellInterrupt>(first)->again);
  CHECK(Find<StopAttempt>(reactor.Apply(InterruptedEvent{2}, 1600))->how == StopHow::kKill);
  EndedEvent end;
  end.attempt = 1;
  end.signal = 15;
  end.stopped = true;
  const auto actions = reactor.Apply(end, 1700);
  CHECK(Find<StoreEnd>(actions)->end.outcome == Outcome::kCanceled);
  CHECK_FALSE(Find<StoreEnd>(actions)->end.counts);
  CHECK_FALSE(reactor.NextRun().has_value());
  CHECK(reactor.plan().Counts().left == 3);
  CHECK(reactor.interrupted_by() == 2);
}

TEST_CASE("what an attempt says after its end changes nothing", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  Begin(reactor, 1);
  reactor.Apply(EndOf(1, 0), 2000);
  CHECK(reactor.Apply(EndOf(1, 1), 2100).empty());
  CHECK(reactor.Apply(ReportedEvent{1, MetricEvent{"y", 3, {}, ""}}, 2100).empty());
  CHECK(reactor.Apply(AcceptedEvent{1, 5, 5}, 2100).empty());
  CHECK(reactor.plan().Counts().succeeded == 1);
}

TEST_CASE("oddities of an attempt are told once, counted and stored", "[reactor]") {
  Reactor reactor = SlotReactor(1, 1);
  Begin(reactor, 1);
  CHECK(Find<TellNote>(reactor.Apply(NotedEvent{1, "x"}, 1100))->text == "x");
  CHECK(reactor.Apply(NotedEvent{1, "y"}, 1200).empty());
  CHECK(reactor.Apply(NotedEvent{1, "z"}, 1300).empty());
  CHECK(Find<StoreEnd>(reactor.Apply(EndOf(1, 0), 2000))->end.note == "x and 2 more of the kind");
}

TEST_CASE("a run waits for the one it starts from, and is given up with it", "[reactor]") {
  RetrySpec once;
  once.attempts = 1;
  const auto reactor = [&] {
    return Reactor(PlanOf(Family({{}, 0, 1})), {0, 0, 0}, ResourcePool({{"slots", 3}}), once);
  };
  SECTION("it succeeds") {
    Reactor chain = reactor();
    CHECK(Begin(chain, 1) == 0);
    CHECK_FALSE(chain.NextRun().has_value());
    CHECK(Find<StoreAborted>(chain.Apply(EndOf(1, 0), 2000)) == nullptr);
    CHECK(Begin(chain, 2) == 1);
    CHECK_FALSE(chain.NextRun().has_value());
  }
  SECTION("it fails") {
    Reactor chain = reactor();
    Begin(chain, 1);
    const auto actions = chain.Apply(EndOf(1, 1), 2000);
    REQUIRE(Find<StoreAborted>(actions));
    CHECK(Find<StoreAborted>(actions)->runs ==
          std::vector{chain.plan().work(1).config.id(), chain.plan().work(2).config.id()});
    CHECK(Find<TellEnd>(actions)->aborted == 2);
    CHECK_FALSE(chain.NextRun().has_value());
    CHECK(chain.plan().Counts().aborted == 2);
    CHECK(chain.plan().Counts().left == 0);
  }
}

TEST_CASE("a run whose weights cannot be made again keeps its result, its heirs are given up",
          "[reactor]") {
  RetrySpec once;
  once.attempts = 1;
  std::vector<PlannedWork> work = Family({{}, 0, 1});
  work[0].has_result = work[1].has_result = true;
  Reactor chain(PlanOf(work), {0, 0, 0}, ResourcePool({{"slots", 3}}), once);
  CHECK(Begin(chain, 1) == 0);
  const auto actions = chain.Apply(EndOf(1, 1), 2000);
  CHECK(Find<StoreAborted>(actions)->runs == std::vector{work[2].config.id()});
  CHECK(Find<TellEnd>(actions)->next_state == RunState::kFailed);
  CHECK_FALSE(chain.NextRun().has_value());
  CHECK(chain.plan().Counts().succeeded == 2);
  CHECK(chain.plan().Counts().aborted == 1);
}

namespace {

/// A reactor with one probe, whose figures `Measure` has it report.
Reactor ProbeReactor() {
  RunContent content;
  content.kind = RunKind::kProbe;
  std::vector<PlannedWork> work = SomeWork(1);
  work[0].config = RunConfig(content);
  work[0].alone = true;
  return {PlanOf(work), {0}, ResourcePool({{"slots", 1}}), {}};
}

/// A whole attempt of the probe that waited so much; its end.
AttemptEnd Measure(Reactor& reactor, std::int64_t attempt, double run_delay_share) {
  Expectation expected;
  expected.kind = RunKind::kProbe;
  reactor.Began(reactor.NextRun().value(), {attempt, 1, ""}, expected, 1000);
  reactor.Apply(
      ReportedEvent{attempt, MetricEvent{"probe_run_delay_share", run_delay_share, {}, ""}}, 1100);
  return Find<StoreEnd>(reactor.Apply(EndOf(attempt, 0), 2000))->end;
}

}  // namespace

TEST_CASE("a probe that was disturbed is measured again, and one that was not is kept",
          "[reactor][probe]") {
  Reactor reactor = ProbeReactor();
  const AttemptEnd first = Measure(reactor, 1, 0.3);
  CHECK(first.outcome == Outcome::kCompleted);
  CHECK(first.next_state == RunState::kPending);
  CHECK_FALSE(first.counts);
  CHECK(first.note == "disturbed: it waited for a CPU for 30.0 % of its time; measured again");
  const AttemptEnd second = Measure(reactor, 2, 0.001);
  CHECK(second.next_state == RunState::kSucceeded);
  CHECK(second.final_metrics.at("probe_disturbed") == 0);
  CHECK(second.note.empty());
  CHECK_FALSE(reactor.NextRun().has_value());
}

TEST_CASE("a probe that is disturbed each time is kept in the end, and flagged",
          "[reactor][probe]") {
  Reactor reactor = ProbeReactor();
  for (int attempt = 1; attempt < kMostProbeTries; ++attempt) {
    CHECK(Measure(reactor, attempt, 0.3).next_state == RunState::kPending);
  }
  const AttemptEnd last = Measure(reactor, kMostProbeTries, 0.3);
  CHECK(last.next_state == RunState::kSucceeded);
  CHECK(last.final_metrics.at("probe_disturbed") == 1);
  CHECK(last.note == "disturbed: it waited for a CPU for 30.0 % of its time");
}
