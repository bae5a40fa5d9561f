#include "orchestrator/sched/repeat.h"

#include <catch2/catch.hpp>

#include "orchestrator/sched/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

LaunchRequest Request() {
  LaunchRequest request;
  request.attempt = 7;
  return request;
}

}  // namespace

TEST_CASE("what is carried out apart comes back with all it said", "[repeat]") {
  FakeExecutor executor;
  executor.says = {ConfigEvent{{}, 0, "{\"cpu\":1}"}, TestHitsEvent{{true}}};
  const auto report = CarryOutApart(executor, Request(), {});
  REQUIRE(report.ok());
  CHECK(report->completed());
  CHECK(report->record.final_metrics().at("y") == 10);
  CHECK(report->record.test_hits()->size() == 1);
  CHECK(report->provenance_json == "{\"cpu\":1}");
  CHECK_FALSE(report->interrupted_by.has_value());
}

TEST_CASE("what fails apart says why", "[repeat]") {
  FakeExecutor executor;
  executor.exit_codes = {3};
  CHECK(CarryOutApart(executor, Request(), {})->outcome_error == "exit code 3");
  executor.start_result = IoError("no processes left");
  CHECK(CarryOutApart(executor, Request(), {}).status().message() == "no processes left");
}

TEST_CASE("an interrupt asks what runs apart to end, a second one kills it", "[repeat]") {
  FakeExecutor executor;
  executor.next = {InterruptedEvent{2}, InterruptedEvent{15}};
  const auto report = CarryOutApart(executor, Request(), {});
  CHECK(report->interrupted_by == 15);
  CHECK(executor.stopped ==
        std::vector<std::pair<std::int64_t, StopHow>>{{7, StopHow::kAsk}, {7, StopHow::kKill}});
}
