#include "orchestrator/exec/report_queue.h"

#include <catch2/catch.hpp>
#include <vector>

using namespace sweepformer;

namespace {

EndedReport EndOf(std::int64_t attempt) {
  EndedReport end;
  end.attempt = attempt;
  return end;
}

std::vector<KeeperReport> Received(const PacketSocket& socket) {
  return ParseReports(socket.Receive().value().text).value();
}

}  // namespace

TEST_CASE("a start waits for its end, and both are told in one packet", "[keeper]") {
  const auto [here, there] = PacketSocket::MakePair().value();
  ReportQueue queue;
  CHECK_FALSE(queue.IsDue(1000));
  CHECK_FALSE(queue.MsUntilDue(1000).has_value());
  queue.Add(StartedReport{4, 77, 123}, 1000);
  CHECK_FALSE(queue.IsDue(1000));
  CHECK(queue.MsUntilDue(1003) == ReportQueue::kStartedWaitMs - 3);
  queue.SendDue(here, 1003);
  CHECK_FALSE(there.HasPacket());
  queue.Add(EndOf(4), 1004);
  CHECK(queue.IsDue(1004));
  CHECK_FALSE(queue.MsUntilDue(1004).has_value());
  queue.SendDue(here, 1004);
  const auto reports = Received(there);
  REQUIRE(reports.size() == 2);
  CHECK(std::get<StartedReport>(reports[0]).pid == 77);
  CHECK(std::get<EndedReport>(reports[1]).attempt == 4);
  CHECK_FALSE(queue.IsDue(9000));
}

TEST_CASE("a start is told once it has waited long enough, however many follow", "[keeper]") {
  const auto [here, there] = PacketSocket::MakePair().value();
  ReportQueue queue;
  queue.Add(StartedReport{1, 77, 0}, 1000);
  queue.Add(StartedReport{2, 78, 0}, 1009);
  CHECK(queue.MsUntilDue(1009) == 1);
  CHECK(queue.IsDue(1000 + ReportQueue::kStartedWaitMs));
  queue.SendDue(here, 1000 + ReportQueue::kStartedWaitMs);
  CHECK(Received(there).size() == 2);
  queue.Add(StartedReport{3, 79, 0}, 2000);  // the wait begins anew
  CHECK(queue.MsUntilDue(2000) == ReportQueue::kStartedWaitMs);
}

TEST_CASE("many reports go in packets of a limited size, in their order", "[keeper]") {
  const auto [here, there] = PacketSocket::MakePair().value();
  ReportQueue queue;
  constexpr std::int64_t kReports = 2 * ReportQueue::kMostInPacket + 1;
  for (std::int64_t i = 0; i < kReports; ++i) queue.Add(EndOf(i), 0);
  queue.SendDue(here, 0);
  std::int64_t next = 0;
  for (const std::ptrdiff_t size :
       {ReportQueue::kMostInPacket, ReportQueue::kMostInPacket, std::ptrdiff_t{1}}) {
    const auto reports = Received(there);
    CHECK(std::ssize(reports) == size);
    for (const KeeperReport& report : reports)
      CHECK(std::get<EndedReport>(report).attempt == next++);
  }
  CHECK_FALSE(there.HasPacket());
}

TEST_CASE("what the other end's queue has no room for stays due", "[keeper]") {
  const auto [here, there] = PacketSocket::MakePair().value();
  int sent = 0;
  while (here.TrySend("x").value()) ++sent;
  ReportQueue queue;
  queue.Add(EndOf(4), 0);
  queue.SendDue(here, 0);
  CHECK(queue.IsDue(0));
  for (; sent > 0; --sent) CHECK(there.Receive().value().text == "x");
  CHECK_FALSE(there.HasPacket());
  queue.SendDue(here, 0);
  CHECK_FALSE(queue.IsDue(0));
  CHECK(std::get<EndedReport>(Received(there).at(0)).attempt == 4);
}

TEST_CASE("what nobody is there to hear is dropped", "[keeper]") {
  auto [here, there] = PacketSocket::MakePair().value();
  there = PacketSocket();
  ReportQueue queue;
  queue.Add(EndOf(4), 0);
  queue.SendDue(here, 0);
  CHECK_FALSE(queue.IsDue(0));
}
