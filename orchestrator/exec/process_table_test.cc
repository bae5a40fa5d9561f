#include "orchestrator/exec/process_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>

#include "orchestrator/core/testing.h"

using namespace sweepformer;

TEST_CASE("children are listed until they are waited for", "[process]") {
  if (!ReadChildren()) {
    WARN("this kernel lists no children");
    return;
  }
  const auto listed = [](pid_t pid) {
    const auto children = ReadChildren().value();
    return std::count(children.begin(), children.end(), pid) == 1;
  };
  const pid_t ended = fork();
  if (ended == 0) _exit(0);
  const pid_t paused = fork();
  if (paused == 0) _exit((pause(), 0));
  siginfo_t facts{};
  waitid(P_PID, static_cast<id_t>(ended), &facts, WEXITED | WNOWAIT);
  CHECK(listed(ended));
  waitpid(ended, nullptr, 0);
  CHECK_FALSE(listed(ended));
  CHECK(listed(paused));
  kill(paused, SIGKILL);
  waitpid(paused, nullptr, 0);
  CHECK_FALSE(listed(paused));
}

TEST_CASE("a child is told from what is none and what is gone", "[process]") {
  const pid_t child = fork();
  if (child == 0) _exit((pause(), 0));
  CHECK(BecomesChild(child));
  CHECK_FALSE(BecomesChild(getpid()));
  CHECK(SessionOf(getpid()) == getsid(0));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  CHECK_FALSE(BecomesChild(child));
  CHECK(SessionOf(child) == 0);
}

TEST_CASE("a process has no memory once it has ended", "[process]") {
  const pid_t ended = fork();
  if (ended == 0) _exit(0);
  siginfo_t facts{};
  waitid(P_PID, static_cast<id_t>(ended), &facts, WEXITED | WNOWAIT);
  CHECK(HasNoMemory(ended));
  waitpid(ended, nullptr, 0);
  CHECK(HasNoMemory(ended));
  CHECK_FALSE(HasNoMemory(getpid()));
}

TEST_CASE("a process's line is read whatever its command is called", "[process]") {
  const auto entry = ParseProcessStat(
      "42 (a) b (c) S 7 40 39 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 98765 1000 200");
  REQUIRE(entry.has_value());
  CHECK(entry->pid == 42);
  CHECK(entry->state == 'S');
  CHECK(entry->parent == 7);
  CHECK(entry->session == 39);
  CHECK(entry->start_ticks == 98765);
  CHECK_FALSE(ParseProcessStat("").has_value());
  const auto state_with = [](const std::string& threads) {
    return ParseProcessStat("42 (a) Z 7 40 39 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 " + threads +
                            " 0 98765 0 0")
        ->state;
  };
  CHECK(state_with("1") == 'Z');
  CHECK(state_with("3") == 'S');  // its first thread has ended, the others go on
  CHECK_FALSE(ParseProcessStat("42 (sh) S 7").has_value());
}

TEST_CASE("descendants are found through every generation", "[process]") {
  const std::vector<ProcessEntry> processes = {{5, 4, 0, 'S', 0},
                                               {2, 1, 0, 'S', 0},
                                               {3, 1, 0, 'S', 0},
                                               {4, 2, 0, 'S', 0},
                                               {9, 8, 0, 'S', 0}};
  std::vector<pid_t> found;
  for (const ProcessEntry& process : DescendantsOf(1, processes)) found.push_back(process.pid);
  CHECK(found == std::vector<pid_t>{2, 3, 4, 5});
}

TEST_CASE("this process and its environment can be read", "[process]") {
  const auto self = ReadProcess(getpid());
  REQUIRE(self.has_value());
  CHECK(self->parent == getppid());
  CHECK(self->start_ticks > 0);
  CHECK(EnvironmentOf(getpid(), "PATH") == std::getenv("PATH"));
  CHECK(EnvironmentOf(getpid(), "ATH").empty());
  CHECK(BootId().size() == 36);
}

TEST_CASE("who has a file open is found", "[process]") {
  const testing::TempFolder folder;
  CHECK(ProcessesWithOpen(folder / "f").empty());
  const std::ofstream file(folder / "f");
  CHECK(ProcessesWithOpen(folder / "f") == std::vector<pid_t>{getpid()});
}
