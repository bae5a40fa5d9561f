#include "orchestrator/exec/spawn.h"

#include <sys/wait.h>

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

}  // namespace
}  // namespace sweepformer
