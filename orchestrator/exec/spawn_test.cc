#include "orchestrator/exec/spawn.h"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <string>

#include "orchestrator/exec/cpu_shares.h"

namespace sweepformer {
namespace {

int ExitCodeOf(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("a pinned program has its CPUs, and its parent keeps its own", "[spawn]") {
  const std::vector<int> before = UsableCpus();
  ProcessSetup setup;
  setup.cpus = {before.back()};
  const std::string allowed =
      "Cpus_allowed_list:[[:space:]]*" + std::to_string(before.back()) + "$";
  const auto pid = Spawn({"grep", "-q", allowed, "/proc/self/status"}, setup);
  REQUIRE(pid.ok());
  CHECK(UsableCpus() == before);
  CHECK(ExitCodeOf(*pid) == 0);
}

TEST_CASE("the parent keeps its CPUs where a pinned program cannot be executed", "[spawn]") {
  const std::vector<int> before = UsableCpus();
  ProcessSetup setup;
  setup.cpus = {before.front()};
  CHECK_FALSE(Spawn({"/none/such"}, setup).ok());
  CHECK(UsableCpus() == before);
}

TEST_CASE("a program that cannot be executed is to blame, whatever is wrong with it", "[spawn]") {
  for (const char* program : {"/none/such", "/etc/passwd", "/"}) {
    CHECK(Spawn({program}, {}).status().code() == Code::kInvalidArgument);
  }
}

TEST_CASE("processes that may not be had are not the program's fault", "[spawn]") {
  const pid_t child = fork();
  if (child == 0) {
    const rlimit none{};
    setrlimit(RLIMIT_NPROC, &none);
    constexpr uid_t kNobody = 65534;  // root may have as many as it likes
    if (getuid() == 0 && setuid(kNobody) != 0) _exit(2);
    _exit(Spawn({"true"}, {}).status().code() == Code::kIo ? 0 : 1);
  }
  CHECK(ExitCodeOf(child) == 0);
}

}  // namespace
}  // namespace sweepformer
