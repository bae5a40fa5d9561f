#include "results/verification.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "results/run_record.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

MetricSpec Metric(const char* name, bool reproducible) {
  MetricSpec spec;
  spec.name = name;
  spec.reproducible = reproducible;
  return spec;
}

/// A run with two reproducible figures and a measured one.
RunRecord Accepted() {
  RunRecord run;
  run.metrics = {{Metric("acc", true), 0.1},
                 {Metric("loss", true), std::nan("")},
                 {Metric("seconds", false), 3}};
  return run;
}

RepeatedRun Same() { return {{{"acc", 0.1}, {"loss", std::nan("")}, {"seconds", 4}}, {}, ""}; }

std::string Words(const std::vector<Mismatch>& differences) {
  std::string words;
  for (const Mismatch& one : differences) {
    words += one.what + ": " + one.before + " -> " + one.now + "\n";
  }
  return words;
}

}  // namespace

TEST_CASE("only figures declared reproducible are compared, to the last bit", "[verification]") {
  RepeatedRun again = Same();
  CHECK(MismatchesOf(Accepted(), {}, again).empty());
  again.final_metrics["acc"] = std::nextafter(0.1, 1);
  CHECK(Words(MismatchesOf(Accepted(), {}, again)) == "acc: 0.1 -> 0.10000000000000002\n");
  again.final_metrics["acc"] = 0.1;
  again.final_metrics.erase("loss");
  CHECK(Words(MismatchesOf(Accepted(), {}, again)) == "loss: nan -> absent\n");
}

TEST_CASE("test items are compared one by one", "[verification]") {
  RepeatedRun again = Same();
  again.test_hits = {true, false, true};
  CHECK(MismatchesOf(Accepted(), again.test_hits, again).empty());
  CHECK(Words(MismatchesOf(Accepted(), std::vector<bool>{true, true, true}, again)) ==
        "test item 1: right -> wrong\n");
  again.test_hits.reset();
  CHECK(Words(MismatchesOf(Accepted(), std::vector<bool>{true}, again)) ==
        "number of test items: 1 -> 0\n");
}

TEST_CASE("what computed is compared by its members", "[verification]") {
  CHECK(ProvenanceMismatches(R"({"cpu":"a","threads":1})", R"({"threads":1,"cpu":"a"})").empty());
  CHECK(Words(ProvenanceMismatches(R"({"cpu":"a","threads":1})", R"({"cpu":"a","threads":2})")) ==
        "threads: 1 -> 2\n");
  CHECK(ProvenanceMismatches(R"({"cpu":"a","energy_joules":5})", R"({"cpu":"a"})").empty());
  CHECK(Words(ProvenanceMismatches("", R"({"cpu":"a"})")) == "cpu: unknown -> a\n");
}

TEST_CASE("verifications are kept beside a run and change nothing of it", "[verification]") {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const SweepMember member = Member({{"attention", std::string("full")}}, 1);
  REQUIRE(store.RegisterRuns(SweepOf({member})).ok());
  const std::string id = member.config.id();
  REQUIRE(store.RecordVerification({id, "h", 5, 9, "", "{}", "/log"}).ok());
  REQUIRE(store.RecordVerification({id, "h", 15, 19, "acc was 1 and is 2", "{}", "/log2"}).ok());
  const RunRecord run = FindRun(store.connection(), id).value();
  REQUIRE(run.verifications.size() == 2);
  CHECK(run.verifications[0].equal());
  CHECK(run.verifications[0].ended_ms == 9);
  CHECK(run.verifications[1].difference == "acc was 1 and is 2");
  CHECK(run.state == RunState::kPending);
  CHECK(run.attempts.empty());
  CHECK(Rows(store.connection(), "SELECT equal FROM verifications ORDER BY started_ms") ==
        std::vector<std::string>{"1", "0"});
}

TEST_CASE("test hits come back as they were accepted", "[verification]") {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const SweepMember member = Member({{"attention", std::string("full")}}, 1);
  REQUIRE(store.RegisterRuns(SweepOf({member})).ok());
  CHECK_FALSE(TestHitsOf(store.connection(), member.config.id()).value().has_value());
  AttemptEnd end;
  end.key = store.BeginAttempt(member.config.id(), {}).value().key;
  end.outcome = Outcome::kCompleted;
  end.next_state = RunState::kSucceeded;
  end.test_hits = {true, false, false, true, true, false, true, false, true, true, false};
  REQUIRE(store.FinishAttempt(end).value());
  CHECK(TestHitsOf(store.connection(), member.config.id()).value() == end.test_hits);
}
