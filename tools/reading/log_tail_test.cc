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
