#include "orchestrator/exec/packet_socket.h"

#include <fcntl.h>

#include <array>
#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("packets stay apart and carry descriptors", "[keeper]") {
  auto [here, there] = PacketSocket::MakePair().value();
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  REQUIRE(here.Send("one", {ends[1]}).ok());
  REQUIRE(here.Send("two").ok());
  CHECK(there.HasPacket());
  const Packet one = there.Receive().value();
  CHECK(one.text == "one");
  REQUIRE(one.fds.size() == 1);
  CHECK((fcntl(one.fds[0].get(), F_GETFD) & FD_CLOEXEC) != 0);
  REQUIRE(write(one.fds[0].get(), "x", 1) == 1);
  char got = 0;
  REQUIRE(read(ends[0], &got, 1) == 1);
  CHECK(got == 'x');
  CHECK(there.Receive().value().text == "two");
  CHECK_FALSE(there.HasPacket());
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("a closed end is told from a failure", "[keeper]") {
  auto [here, there] = PacketSocket::MakePair().value();
  here = PacketSocket();
  CHECK(there.Receive().status().code() == Code::kNotFound);
  CHECK(there.Send("x").code() == Code::kIo);
}

TEST_CASE("a full queue is told instead of waited for", "[keeper]") {
  auto [here, there] = PacketSocket::MakePair().value();
  int sent = 0;
  while (here.TrySend("x").value()) ++sent;
  CHECK(sent > 0);
  REQUIRE(there.Receive().ok());
  CHECK(here.TrySend("x").value());
  there = PacketSocket();
  CHECK_FALSE(here.TrySend("x").ok());
}

TEST_CASE("the longest packet passes and a longer one is refused", "[keeper]") {
  auto [here, there] = PacketSocket::MakePair().value();
  const std::string longest(PacketSocket::kLongestPacket, 'x');
  REQUIRE(here.Send(longest).ok());
  CHECK(there.Receive().value().text == longest);
  CHECK(here.Send(longest + "x").code() == Code::kInvalidArgument);
}
