#include "orchestrator/exec/event_inlet.h"

#include <fcntl.h>
#include <poll.h>

#include <catch2/catch.hpp>
#include <future>
#include <optional>

#include "orchestrator/core/testing.h"
#include "orchestrator/exec/emit.h"
#include "orchestrator/exec/protocol.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;
using Lines = std::vector<std::string>;

namespace {

Lines TakeAll(EventInlet& inlet, bool finish) {
  Lines lines;
  const auto visit = [&](std::string_view line) { lines.emplace_back(line); };
  if (finish) {
    inlet.Finish(visit);
  } else {
    inlet.Take(visit);
  }
  return lines;
}

/// Hands over as a child of the run would, by default without waiting until it was read.
Status HandOverTo(const std::filesystem::path& socket, std::string_view lines,
                  int patience_ms = 0) {
  setenv(kEventsSocketVariable, socket.c_str(), 1);
  const Status status = HandOver(lines, patience_ms);
  unsetenv(kEventsSocketVariable);
  return status;
}

/// Whether one of `fds` becomes readable.
bool AwaitReadable(const std::vector<int>& fds, int timeout_ms) {
  std::vector<pollfd> waited;
  for (const int fd : fds) waited.push_back({fd, POLLIN, 0});
  return poll(waited.data(), waited.size(), timeout_ms) > 0;
}

}  // namespace

TEST_CASE("lines come in through the pipe and through the socket", "[events]") {
  const TempFolder folder;
  EventInlet inlet = EventInlet::Open(folder / "s").value();
  UniqueFd pipe = inlet.TakeWriteEnd();
  REQUIRE(write(pipe.get(), "a\nb", 3) == 3);
  REQUIRE(HandOverTo(folder / "s", "c\n").ok());
  CHECK(TakeAll(inlet, false) == Lines{"a", "c"});
  REQUIRE(HandOverTo(folder / "s", "d\n").ok());
  pipe.reset();
  CHECK(TakeAll(inlet, true) == Lines{"b", "d"});
  CHECK(inlet.Readable().size() == 1);
}

TEST_CASE("what was handed over counts though its sender was killed", "[events]") {
  const TempFolder folder;
  EventInlet inlet = EventInlet::Open(folder / "s").value();
  for (int i = 0; i < 200; ++i) REQUIRE(HandOverTo(folder / "s", "x\n").ok());
  CHECK(TakeAll(inlet, true).size() == 200);
}

TEST_CASE("more senders at once than are read at once are all heard", "[events]") {
  const TempFolder folder;
  EventInlet inlet = EventInlet::Open(folder / "s").value();
  for (int i = 0; i < 600; ++i) REQUIRE(HandOverTo(folder / "s", "x\n").ok());
  CHECK(TakeAll(inlet, false).size() < 600);
  CHECK(inlet.Readable().size() < 300);
  CHECK(TakeAll(inlet, true).size() > 300);
}

TEST_CASE("what is written to the pipe after a hand-over is read after it", "[events]") {
  const TempFolder folder;
  EventInlet inlet = EventInlet::Open(folder / "s").value();
  const UniqueFd pipe = inlet.TakeWriteEnd();
  auto sender = std::async(std::launch::async, [&] {
    const Status handed = HandOverTo(folder / "s", "a\n", 10'000);
    return handed.ok() && write(pipe.get(), "b\n", 2) == 2;
  });
  CHECK_FALSE(AwaitReadable({inlet.Readable().back()}, 100));  // the pipe: "b" is not there yet
  Lines lines;
  while (lines.size() < 2 && AwaitReadable(inlet.Readable(), 10'000)) {
    for (const std::string& line : TakeAll(inlet, false)) lines.push_back(line);
  }
  CHECK(lines == Lines{"a", "b"});
  CHECK(sender.get());
}

TEST_CASE("all that waits in the pipe is read before a later hand-over", "[events]") {
  const TempFolder folder;
  EventInlet inlet = EventInlet::Open(folder / "s").value();
  const UniqueFd pipe = inlet.TakeWriteEnd();
  fcntl(pipe.get(), F_SETPIPE_SZ, 1 << 18);
  fcntl(pipe.get(), F_SETFL, O_NONBLOCK);
  std::size_t count = 0;
  while (write(pipe.get(), "a\n", 2) == 2) ++count;
  REQUIRE(HandOverTo(folder / "s", "b\n").ok());
  const Lines lines = TakeAll(inlet, false);
  REQUIRE(lines.size() == count + 1);
  CHECK(lines.back() == "b");
}

TEST_CASE("a hand-over ends with the orchestrator that would have read it", "[events]") {
  const TempFolder folder;
  std::optional<EventInlet> inlet = EventInlet::Open(folder / "s").value();
  auto sender = std::async(std::launch::async,
                           [&] { return HandOverTo(folder / "s", "a\n", 60'000).code(); });
  REQUIRE(AwaitReadable(inlet->Readable(), 10'000));
  inlet.reset();
  CHECK(sender.get() == Code::kIo);
}

TEST_CASE("handing over outside a run, or to nobody, is refused", "[events]") {
  unsetenv(kEventsSocketVariable);
  CHECK(HandOver("x\n").code() == Code::kNotFound);
  CHECK(HandOverTo("/no/such/socket", "x\n").code() == Code::kIo);
}

TEST_CASE("the socket is gone with the inlet", "[events]") {
  const TempFolder folder;
  { const EventInlet inlet = EventInlet::Open(folder / "s").value(); }
  CHECK_FALSE(std::filesystem::exists(folder / "s"));
  CHECK(EventInlet::Open(folder / std::string(200, 'x')).status().code() == Code::kInvalidArgument);
}
