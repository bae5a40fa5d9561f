#include "orchestrator/exec/event_inlet.h"

#include <catch2/catch.hpp>

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

/// Hands over as a child of the run would.
Status HandOverTo(const std::filesystem::path& socket, std::string_view lines) {
  setenv(kEventsSocketVariable, socket.c_str(), 1);
  const Status status = HandOver(lines);
  unsetenv(kEventsSocketVariable);
  return status;
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
