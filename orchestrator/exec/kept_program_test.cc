#include "orchestrator/exec/kept_program.h"

#include <catch2/catch.hpp>
#include <csignal>

using namespace sweepformer;

namespace {

ChildEnd EndAfter(int seconds, std::int64_t peak_kib) {
  ChildEnd end;
  end.usage.ru_utime.tv_sec = seconds;
  end.usage.ru_maxrss = peak_kib;
  return end;
}

}  // namespace

TEST_CASE("a program's end is told with what its orphans have used", "[keeper]") {
  KeptProgram program;
  program.TakeOrphansEnd(EndAfter(1, 300));
  program.TakeEnd(4, EndAfter(2, 200));
  program.TakeOrphansEnd(EndAfter(4, 100));
  for (int i = 0; i < 2; ++i) {  // telling it changes nothing
    const EndedReport whole = program.WholeEnd();
    CHECK(whole.attempt == 4);
    CHECK(whole.exit_code == 0);
    CHECK(whole.cpu_seconds == Approx(7));
    CHECK(whole.peak_rss_bytes == 300 * 1024);
    CHECK(whole.peak_rss_method == "wait4");
    CHECK_FALSE(whole.out_of_memory);
    CHECK_FALSE(whole.peak_cgroup_bytes.has_value());
  }
}

TEST_CASE("what outlives its program is told of once, after a while", "[keeper]") {
  constexpr int kLater = 1000 + KeptProgram::kLingeringMs;
  KeptProgram program;
  CHECK_FALSE(program.TakeLingering({{78}, false}, 500).has_value());
  program.TakeEnd(4, EndAfter(1, 1));
  CHECK_FALSE(program.TakeLingering({{78}, false}, 1000).has_value());
  CHECK_FALSE(program.TakeLingering({{}, true}, kLater).has_value());
  CHECK(program.TakeLingering({{78, 79}, false}, kLater) == 78);
  CHECK_FALSE(program.TakeLingering({{78, 79}, false}, 2 * kLater).has_value());
}

TEST_CASE("the peak of a forked process is its own high-water mark", "[keeper]") {
  KeptProgram program;
  program.forked = true;
  program.TakeEnd(4, EndAfter(2, 200));
  CHECK(program.WholeEnd().peak_rss_method == "vmhwm");
}

TEST_CASE("watched memory over the limit has the tree killed, and its peak is told", "[keeper]") {
  KeptProgram program;
  CHECK_FALSE(program.IsWatched());
  program.mem_limit_bytes = 1000;
  CHECK(program.IsWatched());
  program.TakeMemory(1000);
  CHECK_FALSE(program.killing);
  program.TakeMemory(1001);
  CHECK(program.killing);
  program.TakeMemory(10);
  program.TakeEnd(4, EndAfter(0, 1));
  CHECK(program.WholeEnd().out_of_memory);
  CHECK(program.WholeEnd().peak_watched_bytes == 1001);
}

TEST_CASE("a tree is looked at when it is killed, weighed or without its program", "[keeper]") {
  KeptProgram program;
  CHECK_FALSE(program.NeedsLook(/*weighs=*/true));
  program.mem_limit_bytes = 1000;
  CHECK(program.NeedsLook(/*weighs=*/true));
  CHECK_FALSE(program.NeedsLook(/*weighs=*/false));
  program.killing = true;
  CHECK(program.NeedsLook(/*weighs=*/false));
  program.killing = false;
  program.TakeEnd(4, {});
  CHECK(program.NeedsLook(/*weighs=*/false));
}

TEST_CASE("a tree of which nothing is found is looked for again, but not for ever", "[keeper]") {
  KeptProgram program;
  const AttemptTree none, unsure{{}, true}, found{{1000}, true};
  constexpr std::int64_t kSince = 10'000, kLongest = KeptProgram::kLongestUnsureMs;
  CHECK_FALSE(program.MayBeMissed(none, kSince - 1));
  CHECK(program.MayBeMissed(unsure, kSince));
  CHECK(program.MayBeMissed(unsure, kSince + kLongest - 1));
  CHECK_FALSE(program.MayBeMissed(unsure, kSince + kLongest));
  CHECK_FALSE(program.MayBeMissed(found, kSince + kLongest));
  CHECK(program.MayBeMissed(unsure, kSince + kLongest + 1));  // from here on anew
  CHECK(program.MayBeMissed(unsure, kSince + 2 * kLongest));
  CHECK_FALSE(program.MayBeMissed(none, kSince + 2 * kLongest));
  CHECK(program.unsure_since_ms == 0);
}

TEST_CASE("a signal waits for the program to have a process", "[keeper]") {
  KeptProgram program;
  program.Send(SIGTERM);
  CHECK(program.signal == SIGTERM);
}

TEST_CASE("a number that is used again is the living program's", "[keeper]") {
  const std::int64_t living = GENERATE(3, 5);
  const std::int64_t ended = 8 - living;
  KeptPrograms programs;
  for (const std::int64_t attempt : {living, ended}) programs[attempt].signs.pid = 1000;
  programs[4].signs.pid = 2000;
  programs[ended].TakeEnd(ended, {});
  CHECK(FindLivingProgram(programs, 1000)->first == living);
  CHECK(FindOwnerOfSession(programs, 1000) == &programs[living]);
  programs[living].TakeEnd(living, {});
  CHECK(FindLivingProgram(programs, 1000) == programs.end());
  CHECK(FindOwnerOfSession(programs, 1000) == &programs[5]);  // the later of those that had it
  CHECK(FindLivingProgram(programs, 2000)->first == 4);
  CHECK(FindProgram(programs, 2000) == &programs[4]);
  CHECK(FindProgram(programs, 3000) == nullptr);
  CHECK(FindOwnerOfSession(programs, 3000) == nullptr);
}

TEST_CASE("a child that is neither a living program nor the server is a stranger", "[keeper]") {
  KeptPrograms programs;
  programs[1].signs.pid = 1000;
  programs[2];  // has no process yet
  CHECK_FALSE(AnyStranger({}, programs, 0));
  CHECK_FALSE(AnyStranger({1000, 50}, programs, 50));
  CHECK(AnyStranger({1000, 50}, programs, 0));
  programs[1].TakeEnd(1, {});
  CHECK(AnyStranger({50, 1000}, programs, 50));  // has its number
  CHECK_FALSE(AnyStranger({50}, programs, 50));
}
