#include "orchestrator/exec/usable_memory.h"

#include <catch2/catch.hpp>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

void Write(const TempFolder& root, const std::string& name, const std::string& text) {
  REQUIRE(WriteFileAtomic(root / name, text).ok());
}

}  // namespace

TEST_CASE("usable memory is the machine's where no cgroup limits it", "[memory]") {
  const TempFolder root;
  CHECK_FALSE(CgroupMemoryLimit(root.path()).has_value());
  const double machine = UsableMemory(root.path());
  CHECK(machine > 1 << 20);
  Write(root, "proc/self/cgroup", "0::/box\n");
  Write(root, "sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  Write(root, "sys/fs/cgroup/box/memory.max", "max\n");
  CHECK(UsableMemory(root.path()) == machine);
  Write(root, "sys/fs/cgroup/box/memory.max", "1000000000000000\n");  // more than there is
  CHECK(UsableMemory(root.path()) == machine);
}

TEST_CASE("of nested groups of version 2 the least limit holds", "[memory]") {
  const TempFolder root;
  Write(root, "proc/self/cgroup", "0::/box/inner\n");
  Write(root, "sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
  Write(root, "sys/fs/cgroup/box/inner/memory.max", "2097152\n");
  Write(root, "sys/fs/cgroup/box/memory.max", "1048576\n");
  CHECK(CgroupMemoryLimit(root.path()) == 1048576);
  CHECK(UsableMemory(root.path()) == 1048576);
  Write(root, "sys/fs/cgroup/box/memory.max", "4194304\n");
  CHECK(UsableMemory(root.path()) == 2097152);
}

TEST_CASE("a limit of version 1 is found, also by the path of a container's host", "[memory]") {
  const TempFolder root;
  Write(root, "proc/self/cgroup", "4:memory:/box\n");
  Write(root, "sys/fs/cgroup/memory/box/cgroup.procs", "");
  Write(root, "sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1048576\n");
  Write(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  CHECK(UsableMemory(root.path()) == 1048576);
  Write(root, "proc/self/cgroup", "4:memory:/docker/0123\n");
  CHECK_FALSE(CgroupMemoryLimit(root.path()).has_value());
  Write(root, "sys/fs/cgroup/memory/memory.limit_in_bytes", "2097152\n");
  CHECK(UsableMemory(root.path()) == 2097152);
}
