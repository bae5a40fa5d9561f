#include "orchestrator/exec/child_end.h"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <functional>

using namespace sweepformer;

namespace {

/// What `work` returns in a process that has no other children than those it makes.
int InProcessOfItsOwn(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// Blocks until the child has ended, and leaves it to be waited for.
void AwaitEnd(pid_t pid) {
  siginfo_t facts{};
  waitid(P_PID, static_cast<id_t>(pid), &facts, WEXITED | WNOWAIT);
}

}  // namespace

TEST_CASE("an exit code and a signal exclude one another", "[keeper]") {
  ChildEnd end;
  end.status = 7 << 8;
  CHECK(end.exit_code() == 7);
  CHECK_FALSE(end.signal().has_value());
  end.status = SIGSEGV;
  CHECK_FALSE(end.exit_code().has_value());
  CHECK(end.signal() == SIGSEGV);
}

TEST_CASE("time is that of the user and of the system, memory in bytes", "[keeper]") {
  ChildEnd end;
  end.usage.ru_utime = {2, 250'000};
  end.usage.ru_stime = {1, 500'000};
  end.usage.ru_maxrss = 3 << 20;  // in KiB
  CHECK(end.cpu_seconds() == Approx(3.75));
  CHECK(end.peak_rss_bytes() == std::int64_t{3} << 30);
}

TEST_CASE("what a child has used is told when it is waited for", "[keeper]") {
  const pid_t pid = fork();
  if (pid == 0) _exit(3);
  const ChildEnd end = WaitForChild(pid);
  CHECK(end.exit_code() == 3);
  CHECK(end.peak_rss_bytes() > 0);
  CHECK(end.cpu_seconds() >= 0);
  CHECK(end.run_delay_share.value_or(0) >= 0);
  CHECK(end.run_delay_share.value_or(1) <= 1);
}

TEST_CASE("a child that has ended is seen until it is waited for", "[keeper]") {
  const int failed_at = InProcessOfItsOwn([] {
    if (EndedChild() != 0) return 1;
    const pid_t paused = fork();
    if (paused == 0) _exit((pause(), 0));
    if (EndedChild() != 0) return 2;
    const pid_t ended = fork();
    if (ended == 0) _exit(5);
    AwaitEnd(ended);
    if (EndedChild() != ended || EndedChild() != ended) return 3;
    if (WaitForChild(ended).exit_code() != 5 || EndedChild() != 0) return 4;
    kill(paused, SIGKILL);
    AwaitEnd(paused);
    if (EndedChild() != paused) return 5;
    return WaitForChild(paused).signal() == SIGKILL ? 0 : 6;
  });
  CHECK(failed_at == 0);
}
