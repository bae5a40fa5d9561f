#include "orchestrator/exec/capture.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/core/clock.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/exec/process_table.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;
using sweepformer::testing::Within;

TEST_CASE("a program that prints and ends is captured", "[capture]") {
  CHECK(CaptureOutput({"/bin/echo", "a", "b"}, 10'000).value() == "a b\n");
  CHECK(CaptureOutput({"/bin/false"}, 10'000).status().message() ==
        "'/bin/false' ended with exit code 1");
}

TEST_CASE("a program that closes its output and goes on is not waited for for ever", "[capture]") {
  const std::int64_t begin = SteadyMs();
  const Status late = CaptureOutput({"/bin/sh", "-c", "exec >&-; exec sleep 86405"}, 300).status();
  CHECK_THAT(late.message(), Catch::Contains("did not end in"));
  CHECK(SteadyMs() - begin < 20'000);
}

TEST_CASE("what a wrapper started ends with it", "[capture]") {
  const TempFolder folder;
  const std::string script = "sleep 86406 & echo $! >" + (folder / "pid").string() + "; wait; true";
  CHECK_FALSE(CaptureOutput({"/bin/sh", "-c", script}, 1000).ok());
  pid_t pid = 0;
  std::ifstream(folder / "pid") >> pid;
  REQUIRE(pid > 0);
  CHECK(Within(5000, [&] {
    const auto process = ReadProcess(pid);
    return !process || process->state == 'Z';
  }));
}
