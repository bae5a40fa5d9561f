// Runs that start from other runs, as users meet them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "orchestrator/sched/holder.h"
#include "orchestrator/sql/connection.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// A child reports what it finds in its parent's folder; a run fails while a file bad-<x> is there.
const std::string kSpec = R"(spec = 1
name = "family"
[axes]
stage = ["base", "tuned"]
x = [1, 2]
[[init_from]]
when = "stage = 'tuned'"
parent = "stage = 'base' AND x = child.x"
[repeat]
seeds = [3, 4]
[worker]
command = ["sh", "-c", '''
[ -e bad-$2 ] && exit 1
mkdir -p "$4" && echo $(( $2 * 10 + $3 )) >"$4/weights" || exit 1
[ $1 = base ] || found=$(cat "$5/weights") || exit 1
sweepformer emit found=${found:-0}
''', "sh", "{stage}", "{x}", "{seed}", "{dir}", "{parent_dir}"]
)";

}  // namespace

TEST_CASE("a child runs after its parent, in its folder's sight, with its seed", "[init_from]") {
  const Desk desk(kSpec);
  CHECK(desk.Call("run s.toml -j 4").exit_code == 0);
  CHECK(desk.Query("SELECT x, seed, found FROM runs WHERE stage = 'tuned' ORDER BY x, seed") ==
        "1,3,13\n1,4,14\n2,3,23\n2,4,24");
  CHECK(desk.Query("SELECT count(*) FROM cells") == "4");
  CHECK(desk.Query("SELECT count(*) FROM run c JOIN run p ON p.id = c.parent JOIN attempt a ON "
                   "a.run_key = c.run_key JOIN attempt b ON b.run_key = p.run_key WHERE "
                   "a.started_ms < b.ended_ms") == "0");
}

TEST_CASE("a failed parent takes its children along until it is retried", "[init_from]") {
  const Desk desk(kSpec);
  std::ofstream(desk.folder() / "bad-2");
  const Output failed = desk.Call("run s.toml");
  CHECK(failed.exit_code == 1);
  CHECK(failed.out.find("8 runs, 4 succeeded, 2 failed, 2 aborted (what they start from failed)") !=
        std::string::npos);
  CHECK(failed.err.find("the run that starts from it is given up") != std::string::npos);
  const std::string aborted = desk.Query("SELECT id FROM runs WHERE state = 'aborted' LIMIT 1");
  CHECK(desk.Call("why " + aborted).out.find("It was never started: the run it starts from, ") !=
        std::string::npos);
  CHECK(desk.Call("run s.toml").exit_code == 1);
  std::filesystem::remove(desk.folder() / "bad-2");
  CHECK(desk.Call("run s.toml --retry-failed").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "8");
  CHECK(desk.Query("SELECT max(number) FROM attempts WHERE run = '" + aborted + "'") == "1");
}

TEST_CASE("why looks at the run that a waiting one starts from", "[init_from]") {
  const Desk desk(kSpec);
  std::ofstream(desk.folder() / "bad-2");
  REQUIRE(desk.Call("run s.toml").exit_code == 1);
  const std::string child = desk.Query("SELECT id FROM runs WHERE state = 'aborted' LIMIT 1");
  const auto set = [&](const std::string& sql) {
    const auto store = desk.folder() / "sweepformer.db";
    REQUIRE(Connection::Open(store, OpenMode::kCreate)->Execute(sql).ok());
  };
  set("UPDATE run SET state = 'pending' WHERE state = 'aborted'");
  CHECK_THAT(desk.Call("why " + child).out, Catch::Contains("and waits until that has succeeded"));
  set("UPDATE run SET state = 'succeeded' WHERE state = 'failed'");
  CHECK_THAT(desk.Call("why " + child).out, Catch::Contains("It waits for its first attempt"));
  const StoreHolder holder = StoreHolder::Acquire(desk.folder() / "sweepformer.db").value();
  CHECK_THAT(desk.Call("why " + child).out, Catch::Contains("It waits for its turn: "));
}

namespace {

/// Of a worker that describes itself, keeps the weights it is asked to keep, reports acc and fails
/// while a file `broken` is there.
constexpr const char* kKeepsWeights = R"(
request=$(cat)
say() { echo "{\"event\":$1}" >&3; }
say '"hello","protocol":1,"worker":"toy","version":"1"'
parameters=${request##*\"parameters\":}
say '"config","seed":1,"parameters":'"${parameters%%\}*}"'}'
[ -e broken ] && exit 3
weights=${request##*\"keep_weights\":\"}
weights=${weights%%\"*}
[ -n "$weights" ] && mkdir -p "${weights%/*}" && : >"$weights"
say '"metric","name":"acc","value":0.5'
say '"done"')";

/// A sweep of the cell with 50 rows and, with `heir`, of one with 60 that starts from it.
std::string RowsSpec(const std::string& name, bool heir) {
  return "spec = 1\nname = \"" + name +
         "\"\n[base]\ndataset = \"synthetic-reviews\"\n[axes]\nrows = " +
         (heir ? "[50, 60]\n[[init_from]]\nwhen = \"rows = 60\"\nparent = \"rows = 50\"\n"
               : "[50]\n");
}

}  // namespace

TEST_CASE("a parent that is run once more for its weights keeps its result, whatever comes of it",
          "[init_from]") {
  Desk desk(RowsSpec("first", false));
  UseWorker(desk, kKeepsWeights);
  const Output first = desk.Call("run s.toml");
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  desk.WriteSpec(RowsSpec("second", true));
  CHECK_THAT(desk.Call("plan s.toml").out,
             Catch::Contains("has 0 of them; 2 to run") &&
                 Catch::Contains("1 run succeeded without keeping weights that others start from"));
  std::ofstream(desk.folder() / "broken");
  const Output failed = desk.Call("run s.toml");
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Catch::Contains("its result of before stands, but its weights could not "
                                         "be made again; the run that starts from it is given up"));
  CHECK(desk.Query("SELECT state, acc FROM runs WHERE sweep = 'second' ORDER BY rows") ==
        "succeeded,0.5\naborted,");
  std::filesystem::remove(desk.folder() / "broken");
  CHECK(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT state, acc FROM runs WHERE sweep = 'second' ORDER BY rows") ==
        "succeeded,0.5\nsucceeded,0.5");
  CHECK(desk.Query("SELECT outcome FROM attempts JOIN runs ON id = run WHERE rows = 50 AND sweep = "
                   "'second' ORDER BY number") == "completed\nfailed\ncompleted");
}

TEST_CASE("narrowing with --only brings the parents of what it keeps along", "[init_from]") {
  const Desk desk(kSpec);
  const Output run = desk.Call("run s.toml --only \"stage = 'tuned' AND x = 2\"");
  CHECK(run.exit_code == 0);
  CHECK(desk.Query("SELECT stage, x FROM cells ORDER BY stage") == "base,2\ntuned,2");
}
