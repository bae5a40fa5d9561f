#include "orchestrator/exec/socket_folder.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "orchestrator/core/testing.h"

using namespace sweepformer;
namespace fs = std::filesystem;

namespace {

void MakeOld(const fs::path& folder) {
  fs::last_write_time(folder, fs::file_time_type::clock::now() - std::chrono::hours(1));
}

}  // namespace

TEST_CASE("what a dead orchestrator left is removed, what others hold or just made is not",
          "[sockets]") {
  const testing::TempFolder place;
  const auto held = SocketFolder::MakeIn(place / "").value();
  const fs::path left = place / "sweepformer-000000";
  const fs::path young = place / "sweepformer-111111";
  const fs::path other = place / "others";
  for (const fs::path& folder : {left, young, other}) fs::create_directories(folder / "inside");
  for (const fs::path& folder : {left, other, held.path()}) MakeOld(folder);
  const auto made = SocketFolder::MakeIn(place / "").value();
  CHECK_FALSE(fs::exists(left));
  for (const fs::path& folder : {held.path(), young, other, made.path()}) CHECK(fs::exists(folder));
}
