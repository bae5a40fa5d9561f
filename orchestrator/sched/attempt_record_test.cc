#include "orchestrator/sched/attempt_record.h"

#include <catch2/catch.hpp>
#include <csignal>

using namespace sweepformer;

namespace {

const Parameters kAsked = {{"attention", std::string("full")}, {"lr", 0.5}};

EndedEvent Exit(int code) {
  EndedEvent end;
  end.exit_code = code;
  return end;
}

EndedEvent Signal(int number) {
  EndedEvent end;
  end.signal = number;
  return end;
}

/// The record of a worker of ours that has said `events`.
AttemptRecord Said(const std::vector<Event>& events) {
  AttemptRecord record({true, "3", kAsked, 7});
  for (const Event& event : events) record.Take(event);
  return record;
}

const Event kHello = HelloEvent{"w", "3", ""};
const Event kConfig = ConfigEvent{kAsked, 7, ""};

}  // namespace

TEST_CASE("a worker that says all and exits with 0 has completed", "[attempt]") {
  AttemptRecord record = Said({kHello, kConfig, TestHitsEvent{{true, false}}, DoneEvent{}});
  const auto stored = record.Take(MetricEvent{"acc", 0.5, {}, ""});
  CHECK(stored->metric == "acc");
  CHECK(record.Judge(Exit(0)).outcome == Outcome::kCompleted);
  CHECK(record.final_metrics().at("ACC") == 0.5);
  CHECK(record.test_hits()->size() == 2);
}

TEST_CASE("what ran must have read the data that the run's id was made from", "[attempt]") {
  const auto error = [](const char* data, bool ours = true) {
    AttemptRecord record({ours, "3", kAsked, 7, "aa"});
    record.Take(kHello);
    record.Take(ConfigEvent{kAsked, 7, "", data});
    record.Take(DoneEvent{});
    return record.Judge(Exit(0)).error;
  };
  CHECK(error("aa").empty());
  CHECK(error("").empty());  // it does not say
  CHECK(
      error("bb").starts_with("the worker reads data of fingerprint bb, the run's id was made "
                              "from aa"));
  CHECK(error("bb", /*ours=*/false).empty());
}

TEST_CASE("notes are kept on one line and do not count against an attempt", "[attempt]") {
  AttemptRecord record = Said({kHello, kConfig, NoteEvent{"went on\nfrom step 7"}, NoteEvent{""},
                               NoteEvent{std::string(2000, 'x')}, NoteEvent{"b"}, DoneEvent{}});
  CHECK(record.notes() == "went on\\nfrom step 7; b");
  CHECK(record.Judge(Exit(0)).outcome == Outcome::kCompleted);
}

TEST_CASE("only figures without a step are final, and the last one wins", "[attempt]") {
  AttemptRecord record({});
  record.Take(MetricEvent{"acc", 0.1, {}, ""});
  record.Take(MetricEvent{"acc", 0.9, 3, "valid"});
  record.Take(MetricEvent{"acc", 0.2, {}, ""});
  CHECK(record.final_metrics().at("acc") == 0.2);
}

TEST_CASE("what ran must be what was asked", "[attempt]") {
  Parameters other = kAsked;
  other["lr"] = 0.25;
  CHECK(Said({kHello, ConfigEvent{other, 7, ""}, DoneEvent{}}).Judge(Exit(0)).error ==
        "the worker runs another configuration than it was asked to: lr was to be 0.5 and is 0.25");
  other = kAsked;
  other["sharing"] = std::string("kv");
  CHECK(Said({kHello, ConfigEvent{other, 7, ""}, DoneEvent{}}).Judge(Exit(0)).error ==
        "the worker runs another configuration than it was asked to: sharing was to be absent and "
        "is \"kv\"");
  const Verdict seed = Said({kHello, ConfigEvent{kAsked, 8, ""}, DoneEvent{}}).Judge(Exit(0));
  CHECK(seed.outcome == Outcome::kFailed);
  CHECK(seed.error == "the worker uses seed 8 where 7 was asked");
}

TEST_CASE("a worker of another version than planned does not count", "[attempt]") {
  const Verdict verdict = Said({HelloEvent{"w", "4", ""}, kConfig, DoneEvent{}}).Judge(Exit(0));
  CHECK(verdict.outcome == Outcome::kFailed);
  CHECK_THAT(verdict.error, Catch::Contains("version 4") && Catch::Contains("version 3"));
}

TEST_CASE("a worker that leaves early fails, whatever its exit code", "[attempt]") {
  CHECK(Said({}).Judge(Exit(0)).error == "the worker ended before it said hello");
  CHECK(Said({}).Judge(Exit(127)).error == "the worker ended before it said hello (exit code 127)");
  CHECK(Said({kHello}).Judge(Exit(0)).error == "the worker did not say what it ran");
  CHECK(Said({kHello, kConfig}).Judge(Exit(0)).error == "the worker ended before it was done");
  CHECK(Said({kHello, kConfig, DoneEvent{}}).Judge(Exit(1)).error == "exit code 1");
}

TEST_CASE("a foreign worker completes by exit code alone", "[attempt]") {
  CHECK(AttemptRecord({}).Judge(Exit(0)).outcome == Outcome::kCompleted);
  const Verdict failed = AttemptRecord({}).Judge(Exit(2));
  CHECK(failed.outcome == Outcome::kFailed);
  CHECK(failed.error == "exit code 2");
}

TEST_CASE("a foreign worker that says what it ran is held to it", "[attempt]") {
  AttemptRecord record({false, "", kAsked, 7});
  record.Take(ConfigEvent{{{"lr", 0.5}, {"its_own", 3.0}}, 0, ""});
  CHECK(record.Judge(Exit(0)).outcome == Outcome::kCompleted);
  record.Take(ConfigEvent{{{"lr", 0.25}}, 0, ""});
  CHECK(record.Judge(Exit(0)).outcome == Outcome::kFailed);
}

TEST_CASE("an error that was reported is the reason, even with exit 0", "[attempt]") {
  AttemptRecord record({});
  record.Take(ErrorEvent{"no data"});
  CHECK(record.Judge(Exit(0)).outcome == Outcome::kFailed);
  CHECK(record.Judge(Exit(0)).error == "no data");
  CHECK(record.Judge(Exit(3)).error == "no data (exit code 3)");
}

TEST_CASE("signals, time limits, requests and failed starts are told apart", "[attempt]") {
  AttemptRecord record({});
  CHECK(record.Judge(Signal(SIGSEGV)).outcome == Outcome::kCrashed);
  CHECK(record.Judge(Signal(SIGSEGV)).error == "killed by SIGSEGV");
  EndedEvent end = Signal(SIGKILL);
  end.timed_out = true;
  CHECK(record.Judge(end).outcome == Outcome::kTimeout);
  end.timed_out = false;
  end.stopped = true;
  CHECK(record.Judge(end).outcome == Outcome::kCanceled);
  end.out_of_memory = true;
  end.mem_limit_bytes = 64 << 20;
  end.peak_cgroup_bytes = 63 << 20;
  CHECK(record.Judge(end).outcome == Outcome::kOutOfMemory);
  CHECK(record.Judge(end).error ==
        "out of memory: its limit is 64.0 MiB and it had reached 63.0 MiB; raise mem in [limits], "
        "or mem_factor in [retry]");
  end.peak_cgroup_bytes.reset();
  CHECK(record.Judge(end).error ==
        "out of memory: its limit is 64.0 MiB; raise mem in [limits], or mem_factor in [retry]");
  EndedEvent never;
  never.error = "x: cannot be started: no";
  CHECK(record.Judge(never).outcome == Outcome::kFailed);
  CHECK(record.Judge(never).error == "x: cannot be started: no");
}

TEST_CASE("an attempt that was asked to stop has completed only if it says so", "[attempt]") {
  EndedEvent end = Exit(0);
  end.stopped = true;
  CHECK(Said({kHello, kConfig, DoneEvent{}}).Judge(end).outcome == Outcome::kCompleted);
  CHECK(AttemptRecord({}).Judge(end).outcome == Outcome::kCanceled);
}

TEST_CASE("a metric's name that no column can have fails the attempt, not the sweep", "[attempt]") {
  for (const std::string& name :
       {std::string("a\0b", 3), std::string("a\nb"), std::string(201, 'x')}) {
    AttemptRecord record({});
    CHECK_FALSE(record.Take(MetricEvent{name, 1, {}, ""}).has_value());
    CHECK(record.Judge(Exit(0)).outcome == Outcome::kFailed);
  }
}

TEST_CASE("a metric may not take the name of a parameter or of a column", "[attempt]") {
  Expectation expected;
  expected.parameter_names = {"attention", "lr"};  // whether they are active in this run or not
  AttemptRecord record(expected);
  CHECK_FALSE(record.Take(MetricEvent{"LR", 1, {}, ""}).has_value());
  CHECK(record.Judge(Exit(0)).error ==
        "the metric 'LR' has the name of a parameter; report it under another name");
  AttemptRecord other({});
  CHECK_FALSE(other.Take(MetricEvent{"state", 1, {}, ""}).has_value());
  CHECK(other.Judge(Exit(0)).outcome == Outcome::kFailed);
}

TEST_CASE("what could not be started for want of processes is lost, not failed", "[attempt]") {
  EndedEvent end;
  end.error = "cannot fork: Resource temporarily unavailable";
  end.at_fault = false;
  CHECK(AttemptRecord({}).Judge(end).outcome == Outcome::kLost);
  CHECK(AttemptRecord({}).Judge(end).error == end.error);
  end.at_fault = true;
  CHECK(AttemptRecord({}).Judge(end).outcome == Outcome::kFailed);
}

TEST_CASE("on one thread a probe that did not compute was disturbed, on several it may have waited",
          "[attempt][probe]") {
  Expectation expected;
  expected.kind = RunKind::kProbe;
  const auto disturbance = [&](int threads, double cpu_share) {
    expected.threads = threads;
    AttemptRecord record(expected);
    record.Take(MetricEvent{"probe_cpu_share", cpu_share, {}, ""});
    return record.Disturbance();
  };
  CHECK(disturbance(1, 0.99).empty());
  CHECK(disturbance(1, 0.8) == "it computed for only 80.0 % of its time");
  CHECK(disturbance(2, 0.8).empty());
}

TEST_CASE("a training may not report a probe's figure", "[attempt][probe]") {
  AttemptRecord record{Expectation{}};
  CHECK_FALSE(record.Take(MetricEvent{"Probe_speed", 1, {}, ""}).has_value());
  CHECK_THAT(record.Judge(Exit(0)).error, Catch::Contains("the name of a probe's figure"));
}
