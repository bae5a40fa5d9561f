// The workers that PROTOCOL.md shows, taken from the page and run.
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// The first block of the page fenced as `language`.
std::string Example(const std::string& language) {
  const std::string page =
      ReadFile(SWEEPFORMER_SOURCE_DIR "/orchestrator/exec/PROTOCOL.md").value();
  const std::string fence = "\n```" + language + "\n";
  const std::size_t begin = page.find(fence);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = page.find("\n```\n", begin + fence.size());
  return page.substr(begin + fence.size(), end + 1 - begin - fence.size());
}

}  // namespace

TEST_CASE("the page's worker in shell runs as it stands", "[protocol]") {
  const Desk desk(
      "spec = 1\nname = \"shrink\"\n[axes]\nrate = [10, 50]\n[repeat]\nseeds = [0, 24]\n"
      "[worker]\ncommand = [\"sh\", \"shrink.sh\", \"{rate}\", \"{seed}\"]\nfiles = "
      "[\"shrink.sh\"]\n");
  std::ofstream(desk.folder() / "shrink.sh") << Example("sh");
  CHECK(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT group_concat(remaining, ' ') FROM (SELECT remaining FROM runs ORDER BY "
                   "rate, seed)") == "729.0 747.0 125.0 128.0");
  CHECK(desk.Query("SELECT count(*) FROM history WHERE step IS NOT NULL") == "12");
}

TEST_CASE("the page's worker in Python describes itself and runs as it stands", "[protocol]") {
  if (std::system("python3 -c '' 2>/dev/null") != 0) {
    WARN("skipped: there is no python3");
    return;
  }
  Desk desk("spec = 1\nname = \"fit\"\n[axes]\nlr = [0.1, 1]\n");
  std::ofstream(desk.folder() / "fit.py") << Example("python");
  std::filesystem::permissions(desk.folder() / "fit.py", std::filesystem::perms::owner_all);
  desk.prefix = "SWEEPFORMER_WORKER=./fit.py";
  const Output run = desk.Call("run s.toml");
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM history WHERE metric = 'slope' AND split = 'train'") ==
        "40");
  CHECK(desk.Query("SELECT slope_error < 0.1 FROM runs WHERE lr = 1 AND steps = 20") == "1");
  CHECK(desk.Query("SELECT count(json_extract(provenance_json, '$.python')) FROM attempts") == "2");
  const Output refused = desk.Call("plan s.toml --set steps=0");
  CHECK(refused.exit_code == 2);
}
