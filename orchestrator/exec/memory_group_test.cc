#include "orchestrator/exec/memory_group.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;
namespace fs = std::filesystem;

namespace {

/// A tree in which this process is in the group `path` of a hierarchy mounted at `mount`.
void Pretend(const TempFolder& root, const std::string& lines, const std::string& folder) {
  fs::create_directories(root / "proc/self");
  REQUIRE(WriteFileAtomic(root / "proc/self/cgroup", lines).ok());
  REQUIRE(WriteFileAtomic((root / "sys/fs/cgroup") / folder / "cgroup.procs", "").ok());
}

bool CanMakeGroups() {
  MemoryGroups groups(FindMemoryHierarchy());
  if (groups.Make(1, 1 << 30).ok()) return true;
  WARN("no memory cgroups of our own to be had here: not tested");
  return false;
}

/// Groups `keeper` made: other tests make theirs at the same time.
int CountOf(pid_t keeper) {
  const std::string stem = fmt::format("sweepformer-{}-", keeper);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(FindMemoryHierarchy()->folder)) {
    count += entry.path().filename().string().starts_with(stem);
  }
  return count;
}

}  // namespace

TEST_CASE("version 2 is found where it has the memory controller, else version 1", "[memory]") {
  const TempFolder root;
  Pretend(root, "4:cpu,memory:/a/b\n0::/u\n", "memory/a/b");
  const auto first = FindMemoryHierarchy(root / "");
  REQUIRE(first);
  CHECK(first->version == 1);
  CHECK(first->folder == root / "sys/fs/cgroup/memory/a/b");
  Pretend(root, "0::/u\n", "u");
  REQUIRE(WriteFileAtomic(root / "sys/fs/cgroup/cgroup.controllers", "cpu memory\n").ok());
  const auto second = FindMemoryHierarchy(root / "");
  REQUIRE(second);
  CHECK(second->version == 2);
  CHECK(second->folder == root / "sys/fs/cgroup/u");
}

TEST_CASE("without memory cgroups there is no hierarchy, and no group can be made", "[memory]") {
  const TempFolder root;
  Pretend(root, "2:cpu:/a\n", "cpu/a");
  CHECK_FALSE(FindMemoryHierarchy(root / ""));
  MemoryGroups groups;
  CHECK(groups.Make(1, 1 << 20).status().code() == Code::kIo);
}

TEST_CASE("a group that nobody can join is told from one that can be joined", "[memory]") {
  const TempFolder root;
  const MemoryGroup group(2, root.path());
  CHECK(group.TryJoining().code() == Code::kIo);
  fs::create_symlink("/dev/full", root / "cgroup.procs");  // may be opened, not written
  CHECK(group.TryJoining().message() ==
        (root / "cgroup.procs").string() + ": No space left on device");
  fs::remove(root / "cgroup.procs");
  REQUIRE(WriteFileAtomic(root / "cgroup.procs", "").ok());
  CHECK(group.TryJoining().ok());
  CHECK(ReadFile(root / "cgroup.procs").value() == "0");
}

TEST_CASE("a group limits, counts, and goes with its object", "[memory]") {
  if (!CanMakeGroups()) return;
  MemoryGroups groups(FindMemoryHierarchy());
  {
    const MemoryGroup group = groups.Make(1, 16 << 20).value();
    CHECK(CountOf(getpid()) == 1);
    CHECK_FALSE(group.OutOfMemory());
    const UniqueFd procs = group.OpenProcs().value();
    const pid_t pid = fork();
    if (pid == 0) {
      if (write(procs.get(), "0", 1) != 1) _exit(1);
      std::string large(std::size_t{64} << 20, 'x');
      _exit(large.size() > 1 ? 0 : 2);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    CHECK(WIFSIGNALED(status));
    CHECK(group.OutOfMemory());
    CHECK(group.PeakBytes().value_or(0) > 15 << 20);
  }
  CHECK(CountOf(getpid()) == 0);
}

TEST_CASE("what a killed keeper left is removed by the next, processes and all", "[memory]") {
  if (!CanMakeGroups()) return;
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t keeper = fork();
  if (keeper == 0) {
    MemoryGroups groups(FindMemoryHierarchy());
    const MemoryGroup group = groups.Make(1, 16 << 20).value();
    const UniqueFd procs = group.OpenProcs().value();
    if (fork() == 0) {
      (void)!write(procs.get(), "0", 1);
      (void)!write(ends[1], "x", 1);
    }
    for (;;) pause();
  }
  close(ends[1]);
  char inside = 0;
  REQUIRE(read(ends[0], &inside, 1) == 1);
  CHECK(CountOf(keeper) == 1);
  kill(keeper, SIGKILL);
  waitpid(keeper, nullptr, 0);
  {
    MemoryGroups groups(FindMemoryHierarchy());
    CHECK(groups.Make(1, 16 << 20).ok());
  }
  CHECK(CountOf(keeper) == 0);
  CHECK(read(ends[0], &inside, 1) == 0);  // its last writer has ended
  close(ends[0]);
}
