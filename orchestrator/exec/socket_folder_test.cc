#include "orchestrator/exec/socket_folder.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <cstring>
#include <fstream>

#include "orchestrator/core/testing.h"

using namespace sweepformer;
namespace fs = std::filesystem;

namespace {

void MakeOld(const fs::path& folder) {
  fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

/// A socket that stays when its owner is gone.
void MakeSocket(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  REQUIRE(path.native().size() < sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.native().size());
  const UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
}

}  // namespace

TEST_CASE("what a dead orchestrator left is removed, what others hold or just made is not",
          "[sockets]") {
  const testing::TempFolder place;
  const auto held = SocketFolder::MakeIn(place / "").value();
  const fs::path left = place / ".sweepformer-sockets-000000";
  const fs::path young = place / ".sweepformer-sockets-111111";
  for (const fs::path& folder : {left, young}) fs::create_directories(folder);
  MakeSocket(left / "17");
  for (const fs::path& folder : {left, held.path()}) MakeOld(folder);
  const auto made = SocketFolder::MakeIn(place / "").value();
  CHECK_FALSE(fs::exists(left));
  for (const fs::path& folder : {held.path(), young, made.path()}) CHECK(fs::exists(folder));
}

TEST_CASE("folders of a like name, and all that is no socket of an attempt, are left alone",
          "[sockets]") {
  const testing::TempFolder place;
  const fs::path store = place / "sweepformer-store";
  const fs::path longer = place / ".sweepformer-sockets-of-mine";
  const fs::path used = place / ".sweepformer-sockets-000000";
  const fs::path empty = place / "sweepformer-111111";
  for (const fs::path& folder : {store, longer, used, empty}) fs::create_directories(folder);
  std::ofstream(store / "x.db") << "runs";
  std::ofstream(used / "17") << "no socket";
  MakeSocket(used / "named");
  for (const fs::path& folder : {store, longer, used, empty}) MakeOld(folder);
  (void)SocketFolder::MakeIn(place / "").value();
  for (const fs::path& kept : {store / "x.db", longer, used / "17", used / "named", empty}) {
    CHECK(fs::exists(kept));
  }
}

TEST_CASE("a folder of sockets is its owner's only and leaves room for the numbers of attempts",
          "[sockets]") {
  const auto made = SocketFolder::Make().value();
  struct stat facts {};
  REQUIRE(stat(made.path().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0700);
  MakeSocket(made.path() / "9223372036854775807");
  RemoveSocketFolder(made.path());
  CHECK_FALSE(fs::exists(made.path()));
}
