#include "orchestrator/sched/holder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <optional>

#include "orchestrator/core/testing.h"
#include "orchestrator/exec/process_table.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;
using sweepformer::testing::Within;

TEST_CASE("a store has one holder, who is named to the second", "[holder]") {
  const TempFolder folder;
  auto first = std::optional(StoreHolder::Acquire(folder / "s.db").value());
  const Status refused = StoreHolder::Acquire(folder / "s.db", 0).status();
  CHECK(refused.code() == Code::kUnavailable);
  CHECK_THAT(refused.message(), Catch::Contains("pid " + std::to_string(getpid())) &&
                                    Catch::Contains("host ") && Catch::Contains("--store"));
  CHECK(StoreHolder::Acquire(folder / "other.db", 0).ok());
  first.reset();
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).ok());
}

TEST_CASE("the lock is held until the last copy of the descriptor is closed", "[holder]") {
  const TempFolder folder;
  auto holder = std::optional(StoreHolder::Acquire(folder / "s.db").value());
  const int inherited = dup(holder->fd());
  holder.reset();
  CHECK_FALSE(StoreHolder::Acquire(folder / "s.db", 0).ok());
  close(inherited);
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).ok());
}

TEST_CASE("file systems of other machines are known by number, those of FUSE by name", "[holder]") {
  constexpr unsigned long kExt4 = 0xEF53, kBeeGfs = 0x19830326, kFuse = 0x65735546;
  CHECK_FALSE(IsNetworkFileSystem(kExt4, "ext4"));
  CHECK(IsNetworkFileSystem(kBeeGfs, "beegfs"));
  CHECK(IsNetworkFileSystem(kFuse, "fuse.sshfs"));
  CHECK_FALSE(IsNetworkFileSystem(kFuse, "fuseblk"));
  const std::string mounts =
      "27 1 254:0 / / rw,discard shared:1 - ext4 /dev/vda rw\n"
      "29 27 0:26 / /mnt/far\\040away rw shared:2 master:3 - fuse.sshfs me@there:/ rw\n";
  CHECK(FileSystemName(mounts, "254:0") == "ext4");
  CHECK(FileSystemName(mounts, "0:26") == "fuse.sshfs");
  CHECK(FileSystemName(mounts, "0:2").empty());
  const TempFolder folder;
  CHECK(CheckLocalDisk(folder / "s.db").ok());
}

TEST_CASE("a lock for which the disk has no room says what to do", "[holder]") {
  const TempFolder folder;
  const auto status_on_full_disk = [&] {
    const sweepformer::testing::SmallFiles full(0);
    return StoreHolder::Acquire(folder / "s.db", 0).status();
  };
  const Status refused = status_on_full_disk();
  CHECK(refused.code() == Code::kIo);
  CHECK_THAT(refused.message(),
             Catch::Contains("s.db.lock: cannot be written: ") &&
                 Catch::EndsWith("; see that its disk has room, and run the same command again"));
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).ok());
}

TEST_CASE("a link to a store leads to the same lock", "[holder]") {
  const TempFolder folder;
  std::ofstream(folder / "s.db");
  std::filesystem::create_symlink("s.db", folder / "link.db");
  const auto holder = StoreHolder::Acquire(folder / "s.db").value();
  CHECK(StoreHolder::Acquire(folder / "link.db", 0).status().code() == Code::kUnavailable);
}

TEST_CASE("a link to a store that is not made yet leads to the same lock", "[holder]") {
  const TempFolder folder;
  std::filesystem::create_directory(folder / "disk");
  std::filesystem::create_symlink("disk/s.db", folder / "link.db");
  const auto holder = StoreHolder::Acquire(folder / "link.db").value();
  std::ofstream(folder / "link.db") << "made through the link";
  CHECK(std::filesystem::exists(folder / "disk/s.db"));
  CHECK(StoreHolder::Acquire(folder / "link.db", 0).status().code() == Code::kUnavailable);
  CHECK(StoreHolder::Acquire(folder / "disk/s.db", 0).status().code() == Code::kUnavailable);
}

TEST_CASE("a lock file that was deleted does not let two in unnoticed", "[holder]") {
  const TempFolder folder;
  const UniqueFd stale(open((folder / "s.db.lock").c_str(), O_RDWR | O_CREAT, 0644));
  std::filesystem::remove(folder / "s.db.lock");
  const auto holder = StoreHolder::Acquire(folder / "s.db").value();
  CHECK(std::filesystem::exists(folder / "s.db.lock"));
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).status().code() == Code::kUnavailable);
}

TEST_CASE("workers that outlive orchestrator and keeper are ended", "[holder][crash]") {
  const TempFolder folder;
  const pid_t orchestrator = fork();
  if (orchestrator == 0) {
    const auto holder = StoreHolder::Acquire(folder / "s.db").value();
    fcntl(holder.fd(), F_SETFD, 0);
    const std::string script = "touch " + (folder / "up").string() + "; exec sleep 86404";
    if (fork() == 0) {
      setenv("SWEEPFORMER_TREE", "1", 1);
      execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    }
    for (;;) pause();
  }
  REQUIRE(Within(10'000, [&] { return std::filesystem::exists(folder / "up"); }));
  kill(orchestrator, SIGKILL);
  waitpid(orchestrator, nullptr, 0);
  CHECK(StoreHolder::Acquire(folder / "s.db", 50).ok());
}

TEST_CASE("nobody is told to kill a holder that cannot be seen from here", "[holder]") {
  const TempFolder folder;
  std::ofstream(folder / "s.db.lock") << "host elsewhere, pid 7\nprocess 7 1 " << BootId() << "\n";
  const UniqueFd held(open((folder / "s.db.lock").c_str(), O_RDWR));
  REQUIRE(flock(held.get(), LOCK_EX) == 0);
  CHECK_THAT(
      StoreHolder::Acquire(folder / "s.db", 0).status().message(),
      Catch::Contains("another orchestrator is running on this store (host elsewhere, pid 7)"));
}

TEST_CASE("a store is held under all its names, and without its lock file", "[holder]") {
  const TempFolder folder;
  std::ofstream(folder / "s.db");
  std::filesystem::create_hard_link(folder / "s.db", folder / "same.db");
  auto holder = std::optional(StoreHolder::Acquire(folder / "s.db").value());
  const auto refused_by_us = [&](const char* name) {
    const Status refused = StoreHolder::Acquire(folder / name, 0).status();
    return refused.code() == Code::kUnavailable &&
           refused.message().find("pid " + std::to_string(getpid())) != std::string::npos;
  };
  CHECK(refused_by_us("same.db"));
  std::filesystem::remove(folder / "s.db.lock");
  CHECK(refused_by_us("s.db"));
  holder.reset();
  CHECK(StoreHolder::Acquire(folder / "same.db", 0).ok());
}

TEST_CASE("a store that is not made yet is held as one that is", "[holder]") {
  const TempFolder folder;
  const auto holder = StoreHolder::Acquire(folder / "s.db").value();
  std::filesystem::remove(folder / "s.db.lock");
  CHECK(StoreHolder::Acquire(folder / "s.db", 0).status().code() == Code::kUnavailable);
}

TEST_CASE("a name that SQLite does not take for a file's is refused", "[holder]") {
  const Status refused = StoreHolder::Acquire(":memory:").status();
  CHECK(refused.code() == Code::kInvalidArgument);
  CHECK_THAT(refused.message(), Catch::Contains("--store ./:memory: for one so named"));
  CHECK(StoreHolder::Acquire("").status().code() == Code::kInvalidArgument);
  CHECK_FALSE(std::filesystem::exists(":memory:.lock"));
}

TEST_CASE("a lock that cannot be made says so", "[holder]") {
  CHECK(StoreHolder::Acquire("/no/such/folder/s.db", 0).status().code() == Code::kIo);
}
