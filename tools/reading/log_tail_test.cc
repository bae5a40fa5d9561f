#include "tools/reading/log_tail.h"

#include <catch2/catch.hpp>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

using namespace sweepformer;

TEST_CASE("a log's last lines are shown, and nothing of one that is not there", "[reading]") {
  const testing::TempFolder folder;
  CHECK(LogTail(folder / "log", "").empty());
  REQUIRE(WriteFileAtomic(folder / "log", "").ok());
  CHECK(LogTail(folder / "log", "").empty());
  REQUIRE(WriteFileAtomic(folder / "log", "one\nt\x1b[2Jo").ok());
  CHECK(LogTail(folder / "log", "| ") == "| one\n| t\\x1b[2Jo\n");
  std::string many;
  for (int i = 0; i < 5000; ++i) many += std::to_string(i) + "\n";
  REQUIRE(WriteFileAtomic(folder / "log", many).ok());
  CHECK(LogTail(folder / "log", "") ==
        "4990\n4991\n4992\n4993\n4994\n4995\n4996\n4997\n4998\n4999\n");
}

TEST_CASE("a progress bar is shown as it stood in the end, however long it is", "[reading]") {
  const testing::TempFolder folder;
  std::string log = "begun\n";
  for (int i = 0; i < 3000; ++i) log += "\r" + std::to_string(i) + " of 3000";
  for (const char* end : {"", "\n", "\r\n", "\n\n"}) {
    REQUIRE(WriteFileAtomic(folder / "log", log + end).ok());
    CHECK_THAT(LogTail(folder / "log", "| "), Catch::StartsWith("| 2999 of 3000\n"));
  }
  REQUIRE(WriteFileAtomic(folder / "log", log + "\nepoch 1\r\n").ok());
  CHECK(LogTail(folder / "log", "") == "epoch 1\n");
  REQUIRE(WriteFileAtomic(folder / "log", "1 of 2\r2 of 2\r\ndone\n").ok());
  CHECK(LogTail(folder / "log", "") == "2 of 2\ndone\n");
}
