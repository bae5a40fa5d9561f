#include "orchestrator/exec/log_pipe.h"

#include <unistd.h>

#include <catch2/catch.hpp>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

using namespace sweepformer;

namespace {

void Print(int fd, const std::string& text) {
  REQUIRE(write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
}

}  // namespace

TEST_CASE("a log and its folder are made when something is printed", "[log]") {
  const testing::TempFolder folder;
  auto log = LogPipe::Open(folder / "a/b/log").value();
  UniqueFd end = log.TakeWriteEnd();
  REQUIRE(log.Take().ok());
  CHECK_FALSE(std::filesystem::exists(folder / "a"));
  Print(end.get(), "one\n");
  REQUIRE(log.Take().ok());
  CHECK(ReadFile(folder / "a/b/log").value() == "one\n");
  const std::string much(60'000, 'x');
  Print(end.get(), much);
  end.reset();
  REQUIRE(log.Finish().ok());
  CHECK(ReadFile(folder / "a/b/log").value() == "one\n" + much);
  CHECK(log.fd() == -1);
}

TEST_CASE("what is printed is added to a log that exists", "[log]") {
  const testing::TempFolder folder;
  for (const char* text : {"one\n", "two\n"}) {
    auto log = LogPipe::Open(folder / "log").value();
    Print(log.TakeWriteEnd().get(), text);
    REQUIRE(log.Finish().ok());
  }
  CHECK(ReadFile(folder / "log").value() == "one\ntwo\n");
}

TEST_CASE("a log that cannot be written is said once, and the program goes on", "[log]") {
  const testing::TempFolder folder;
  auto log = LogPipe::Open("/dev/full").value();
  UniqueFd end = log.TakeWriteEnd();
  Print(end.get(), "one");
  const Status first = log.Take();
  CHECK(first.message() == "/dev/full: the log cannot be written: No space left on device");
  Print(end.get(), "two");
  CHECK(log.Take().ok());
  end.reset();
  CHECK(log.Finish().ok());
}

TEST_CASE("of a log that grows too long the first and the last are kept", "[log]") {
  const testing::TempFolder folder;
  constexpr std::size_t kMost = 1000;
  auto log = LogPipe::Open(folder / "log", kMost).value();
  UniqueFd end = log.TakeWriteEnd();
  const std::string first(kMost - 1, 'a'), middle(30'000, 'b'), last(LogPipe::kLastBytes, 'c');
  Print(end.get(), first);
  CHECK(log.Take().ok());
  Print(end.get(), "a" + middle);
  CHECK(log.Take().message() ==
        (folder / "log").string() +
            ": over 1000 bytes were printed; of what follows only the end is kept");
  Print(end.get(), middle);
  CHECK(log.Take().ok());  // it has been said
  CHECK(ReadFile(folder / "log").value() == first + "a");
  Print(end.get(), last);
  end.reset();
  CHECK(log.Finish().ok());
  CHECK(ReadFile(folder / "log").value() ==
        first + "a\n[sweepformer: 60000 bytes are left out here]\n" + last);
}

TEST_CASE("a log a little too long is kept whole", "[log]") {
  const testing::TempFolder folder;
  auto log = LogPipe::Open(folder / "log", 4).value();
  UniqueFd end = log.TakeWriteEnd();
  Print(end.get(), "one\ntwo\n");
  CHECK_FALSE(log.Take().ok());
  Print(end.get(), "three\n");
  end.reset();
  CHECK(log.Finish().ok());
  CHECK(ReadFile(folder / "log").value() == "one\ntwo\nthree\n");
}
