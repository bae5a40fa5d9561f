#include "orchestrator/exec/keeper_protocol.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("orders and reports come back as they were written", "[keeper]") {
  const auto start = std::get<StartOrder>(
      ParseOrder(
          FormatOrder(StartOrder{4, {"a", "b c"}, {{"X", "1"}}, {0, 2}, {"a", "--serve"}, 1 << 20}))
          .value());
  CHECK(start.attempt == 4);
  CHECK(start.command == std::vector<std::string>{"a", "b c"});
  CHECK(start.environment.at("X") == "1");
  CHECK(start.cpus == std::vector<int>{0, 2});
  CHECK(start.serve_command == std::vector<std::string>{"a", "--serve"});
  CHECK(start.mem_limit_bytes == 1 << 20);
  CHECK(std::get<StopOrder>(ParseOrder(FormatOrder(StopOrder{4, 9})).value()).signal == 9);
  CHECK(std::get<HoldOrder>(ParseOrder(FormatOrder(HoldOrder{"/x"})).value()).folder == "/x");
  EndedReport end;
  end.attempt = 4;
  end.signal = 9;
  end.run_delay_share = 0.25;
  end.out_of_memory = true;
  end.peak_cgroup_bytes = 12;
  const auto reports =
      ParseReports(FormatReports({StartedReport{4, 77, 123}, LingeringReport{4, 78, "x"}, end}))
          .value();
  REQUIRE(reports.size() == 3);
  CHECK(std::get<StartedReport>(reports[0]).pid == 77);
  CHECK(std::get<LingeringReport>(reports[1]).name == "x");
  const auto& ended = std::get<EndedReport>(reports[2]);
  CHECK(ended.signal == 9);
  CHECK_FALSE(ended.exit_code.has_value());
  CHECK(ended.run_delay_share == 0.25);
  CHECK(ended.out_of_memory);
  CHECK(ended.peak_cgroup_bytes == 12);
}

TEST_CASE("arguments and variables arrive as the bytes they are", "[keeper]") {
  StartOrder order;
  order.command = {"cat", "caf\xe9", ""};
  order.environment = {{"PATH", "/b\xff"}};
  const auto start = std::get<StartOrder>(ParseOrder(FormatOrder(order)).value());
  CHECK(start.command == order.command);
  CHECK(start.environment == order.environment);
}

TEST_CASE("what is none of ours is an internal error", "[keeper]") {
  CHECK(ParseOrder("{}").status().code() == Code::kInternal);
  CHECK(ParseReports("x").status().code() == Code::kInternal);
}
