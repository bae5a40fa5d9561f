// Every step of a run's life at which its own process or the fork server can die, by name: the
// launch goes on, and the sweep ends as if nothing had happened.
#include "orchestrator/core/crash_point.h"

#include <algorithm>
#include <filesystem>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// A training and another that starts from its weights.
const std::string kSpec = R"(spec = 1
name = "family"
[base]
rows = 200
epochs = 2
)" + kSmallTraining + R"([axes]
init = ["random", "parent"]
[[init_from]]
when = "init = 'parent'"
parent = "init = 'random'"
)";

/// A desk with that spec. All share a cache: the worker is asked only once what it is.
struct FamilyDesk : Desk {
  explicit FamilyDesk(const TempFolder& cache, const std::string& step = "") : Desk(kSpec) {
    prefix = "XDG_CACHE_HOME='" + cache.path().string() + "' " + kCrashVariable + "=" + step;
  }
};

/// What equal sweeps have equal, to the last bit.
std::string Results(const Desk& desk) {
  std::string names = desk.Query("SELECT group_concat(name) FROM metric WHERE reproducible");
  std::erase(names, '"');
  REQUIRE_FALSE(names.empty());
  return desk.Query("SELECT id, state, " + names + " FROM runs ORDER BY id") + "\n" +
         desk.Query(
             "SELECT h.run, metric, split, step, value FROM history h JOIN attempts a ON "
             "a.run = h.run AND a.number = h.attempt WHERE outcome = 'completed' AND step "
             "IS NOT NULL ORDER BY 1, 2, 3, 4") +
         "\n" +
         desk.Query(
             "SELECT id, items, hex(hits) FROM run JOIN test_hits USING(run_key) ORDER BY "
             "id");
}

/// Files that no attempt has come to give their names.
int HalfWritten(const Desk& desk) {
  const auto runs = desk.folder() / "sweepformer.db.runs";
  return static_cast<int>(
      std::count_if(std::filesystem::recursive_directory_iterator(runs), {},
                    [](const auto& entry) { return entry.path().extension() == ".tmp"; }));
}

std::string Count(const Desk& desk, const std::string& condition) {
  return desk.Query("SELECT count(*) FROM attempts WHERE " + condition);
}

/// How many first attempts die at `step`: only what others start from keeps its weights.
std::string Deaths(const std::string& step) {
  if (step.starts_with("server-")) return "0";
  return step == "worker-in-weights" ? "1" : "2";
}

void CheckStep(const std::string& step, const Desk& desk, const std::string& undisturbed) {
  INFO(step);
  const Output run = desk.Call("run s.toml -j 2");
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK(Count(desk, "outcome = 'completed'") == "2");
  CHECK(Count(desk, "outcome = 'crashed' AND number = 1 AND signal = 9") == Deaths(step));
  CHECK(Count(desk, "outcome NOT IN ('completed', 'crashed')") == "0");
  if (step == "worker-after-checkpoint") CHECK(Count(desk, "note LIKE '%went on from%'") == "2");
  // Of a server that dies before each answer nothing comes: the runs are executed.
  if (step == "server-before-fork") CHECK(Count(desk, "peak_rss_method = 'wait4'") == "2");
  const Output again = desk.Call("run s.toml -j 2");
  CHECK(again.exit_code == 0);
  CHECK(Count(desk, "outcome = 'completed'") == "2");
  CHECK(HalfWritten(desk) == 0);
  CHECK(Results(desk) == undisturbed);
}

}  // namespace

TEST_CASE("a sweep whose workers or fork server died at any named step ends as if they had not",
          "[crash]") {
  const TempFolder cache;
  const FamilyDesk calm(cache);
  REQUIRE(calm.Call("run s.toml -j 2").exit_code == 0);
  const std::string undisturbed = Results(calm);
  int steps = 0;
  for (const CrashPointInfo& one : CrashPoints()) {
    const std::string step = one.name;
    if (!step.starts_with("worker-") && !step.starts_with("server-")) continue;
    CheckStep(step, FamilyDesk(cache, step), undisturbed);
    ++steps;
  }
  CHECK(steps == 11);
}
