// Every step of a run's life at which the orchestrator or its keeper can die, by name: the same
// command then completes the sweep as if nothing had happened. Those of workers and fork servers:
// worker/crash_points_test.cc.
#include "orchestrator/core/crash_point.h"

#include <csignal>

#include "orchestrator/exec/process_table.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// A sweep each of whose runs says three things, one of them along the way.
std::string Spec() {
  return ShellSpec(
      "sweepformer emit loss=0.5 --step 1; sweepformer emit y=$(( $1 * 10 + $2 )) z=$1");
}

/// A hundred runs of a millisecond or two.
std::string BriefSpec() {
  return R"(spec = 1
name = "s"
[axes]
x = { from = 1, to = 100, step = 1 }
[worker]
command = ["sh", "-c", '''echo "{{\"event\": \"metric\", \"name\": \"y\", \"value\": $1}}" >&3''',
           "sh", "{x}"]
)";
}

constexpr const char* kResults = "SELECT id, x, seed, state, y, z FROM runs ORDER BY id";
constexpr const char* kHistory =
    "SELECT h.run, metric, step, value FROM history h JOIN attempts a ON a.run = h.run AND "
    "a.number "
    "= h.attempt WHERE outcome = 'completed' ORDER BY 1, 2, 3";

std::string Undisturbed(const char* sql) {
  static const Desk* const desk = [] {
    auto* const made = new Desk(Spec());
    REQUIRE(made->Call("run s.toml -j 2").exit_code == 0);
    return made;
  }();
  return desk->Query(sql);
}

/// How many processes that have `mark` in their environment are alive.
int AliveWith(const std::string& mark) {
  int alive = 0;
  for (const ProcessEntry& process : ReadProcesses()) {
    alive += process.state != 'Z' && EnvironmentOf(process.pid, "DESK") == mark ? 1 : 0;
  }
  return alive;
}

/// Dies at `step`, and leaves nothing alive.
void CrashAt(Desk& desk, const std::string& step) {
  const std::string mark = desk.folder().path().string();
  desk.prefix = "DESK=" + mark + " SWEEPFORMER_CRASH_AT=" + step;
  const int exit_code = WaitFor(desk.Start("run s.toml -j 2"));
  CHECK(exit_code == (step.starts_with("keeper-") ? 3 : -SIGKILL));
  CHECK(Within(1000, [&] { return AliveWith(mark) == 0; }));
  desk.prefix = "DESK=" + mark;
}

void CheckAsUndisturbed(const Desk& desk) {
  CHECK(desk.Query(kResults) == Undisturbed(kResults));
  CHECK(desk.Query(kHistory) == Undisturbed(kHistory));
  CHECK(desk.Query("SELECT count(*), count(DISTINCT run) FROM attempts WHERE outcome = "
                   "'completed'") == "6,6");
  CHECK(desk.Query("SELECT count(*) FROM attempts WHERE outcome NOT IN ('completed', 'lost')") ==
        "0");
  CHECK(
      desk.Query("SELECT count(*) FROM attempts a JOIN attempts b ON a.run = b.run AND a.number < "
                 "b.number WHERE b.started_ms < a.ended_ms OR a.ended_ms IS NULL") == "0");
  CHECK(AliveWith(desk.folder().path().string()) == 0);
}

}  // namespace

TEST_CASE("a sweep that died at any named step ends as if it had not", "[crash]") {
  for (const CrashPointInfo& step : CrashPoints()) {
    const std::string name = step.name;
    if (name.starts_with("worker-") || name.starts_with("server-")) continue;
    // The first passing, and one in the thick of it where there is one.
    for (const char* time : {"", ":3"}) {
      const bool once = name.find("reg") != std::string::npos || name == "before-exit" ||
                        name.find("recovery") != std::string::npos;
      if (once && *time) continue;
      INFO(name + time);
      Desk desk(Spec());
      if (name.ends_with("-recovery")) CrashAt(desk, "after-accepted:3");
      CrashAt(desk, name + time);
      const Output again = desk.Call("run s.toml -j 2");
      INFO(again.err);
      CHECK(again.exit_code == 0);
      CheckAsUndisturbed(desk);
    }
  }
}

TEST_CASE("a sweep of brief runs, begun ahead, that died at a step of theirs ends as if it had not",
          "[crash]") {
  for (const char* step :
       {"before-begin", "in-begin", "after-begin", "keeper-before-spawn", "keeper-after-spawn",
        "after-start", "before-accepted", "after-accepted", "keeper-before-report",
        "keeper-after-report", "before-result", "in-result", "after-result"}) {
    INFO(step);
    Desk desk(BriefSpec());
    CrashAt(desk, std::string(step) + ":60");
    CHECK(desk.Call("run s.toml -j 2").exit_code == 0);
    CHECK(desk.Query("SELECT count(*), sum(y = x) FROM runs WHERE state = 'succeeded'") ==
          "100,100");
    CHECK(desk.Query("SELECT count(*), count(DISTINCT run) FROM attempts WHERE outcome = "
                     "'completed'") == "100,100");
    CHECK(desk.Query("SELECT count(*) FROM attempts WHERE outcome IS NULL OR outcome NOT IN "
                     "('completed', 'lost')") == "0");
    CHECK(AliveWith(desk.folder().path().string()) == 0);
  }
}

TEST_CASE("the page of crash points lists what there is", "[crash]") {
  const std::string page = ReadFile(SWEEPFORMER_SOURCE_DIR "/tools/chaos/README.md").value();
  for (const CrashPointInfo& step : CrashPoints()) {
    CHECK_THAT(page, Catch::Contains("| `" + std::string(step.name) + "` | " + step.doc + " |"));
  }
}

TEST_CASE("a crash point that does not exist is refused with the names of all", "[crash]") {
  Desk desk(Spec());
  desk.prefix = "SWEEPFORMER_CRASH_AT=after-begn";
  const Output refused = desk.Call("run s.toml");
  CHECK(refused.exit_code == 2);
  CHECK_THAT(refused.err, Catch::Contains("did you mean 'after-begin'?") &&
                              Catch::Contains("keeper-before-spawn"));
  desk.prefix = "SWEEPFORMER_CRASH_AT=after-begin:none";
  CHECK(desk.Call("run s.toml").exit_code == 2);
  CHECK_FALSE(desk.Exists("sweepformer.db"));
}
