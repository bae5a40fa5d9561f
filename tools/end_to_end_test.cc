// The program as its users meet it: real processes, a real store, the exit codes scripts rely on.
#include <signal.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

TEST_CASE("a shell script's sweep runs once, and the second time starts nothing", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport));
  CHECK(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT count(*), sum(y) FROM runs WHERE state = 'succeeded'") == "6,129");
  const Output again = desk.Call("run s.toml");
  CHECK(again.exit_code == 0);
  CHECK(again.out == "toy: 6 runs, 6 succeeded (6 had before); nothing was left to do\n");
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "6");
}

TEST_CASE("one more value runs its cells only; fewer are kept and marked", "[end-to-end]") {
  Desk desk(ShellSpec(kReport));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  desk.WriteSpec(ShellSpec(kReport, "[4, 1, 2]"));
  const std::string plan = desk.Call("plan s.toml").out;
  CHECK_THAT(plan, Catch::Contains("has 4 of them; 2 to run"));
  CHECK_THAT(plan, Catch::Contains("2 runs will be new to it"));
  CHECK_THAT(plan, Catch::Contains("2 runs of the store's sweep are no longer in the file"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "8");
  CHECK(desk.Query("SELECT DISTINCT x FROM runs WHERE NOT in_plan") == "3");
}

TEST_CASE("narrowing by the command line marks nothing", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK_THAT(desk.Call("plan s.toml --only 'x = 1'").out,
             Catch::Contains("4 runs of the sweep are not asked for by this command line"));
  CHECK(desk.Call("run s.toml --only 'x = 1' --seeds 1").exit_code == 0);
  CHECK(desk.Call("run s.toml --axis x=1,7").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE NOT in_plan") == "0");
  CHECK(desk.Query("SELECT count(*) FROM runs") == "8");
}

TEST_CASE("another sweep reuses runs of the same content and says so", "[end-to-end]") {
  Desk desk(ShellSpec(kReport));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  desk.WriteSpec(ShellSpec(kReport, "[3, 2]", "second"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT count(*), sum(reused) FROM runs WHERE sweep = 'second'") == "4,4");
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "6");
}

TEST_CASE("after kill -9 the same command completes the sweep, exactly once", "[end-to-end]") {
  const Desk desk(ShellSpec("echo $1 $2 >>began; sleep 0.3; " + kReport));
  const pid_t orchestrator = desk.Start("run s.toml -j 2");
  REQUIRE(Within(20'000, [&] { return desk.Exists("began"); }));
  kill(orchestrator, SIGKILL);
  WaitFor(orchestrator);
  CHECK(desk.Call("run s.toml -j 2").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "6");
  CHECK(desk.Query("SELECT count(*) FROM (SELECT run FROM attempts WHERE outcome = 'completed' "
                   "GROUP BY run HAVING count(*) > 1)") == "0");
  CHECK(desk.Query("SELECT count(*) > 0 FROM attempts WHERE outcome = 'lost'") == "1");
}

TEST_CASE("a store has one orchestrator; the second names the first", "[end-to-end]") {
  const Desk desk(ShellSpec("echo >>began; sleep 600"));
  const pid_t first = desk.Start("run s.toml -j 1");
  REQUIRE(Within(20'000, [&] { return desk.Exists("began"); }));
  const Output second = desk.Call("run s.toml");
  CHECK(second.exit_code == 3);
  CHECK_THAT(second.err, Catch::Contains("pid " + std::to_string(first)));
  kill(first, SIGINT);
  CHECK(WaitFor(first) == 130);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'pending'") == "6");
}

TEST_CASE("editing a worker's file while the sweep runs stops it after what runs", "[end-to-end]") {
  const Desk desk(ShellSpec("echo >>train.sh; " + kReport) + "files = [\"train.sh\"]\n");
  std::ofstream(desk.folder() / "train.sh") << "one";
  const Output stopped = desk.Call("run s.toml -j 1");
  CHECK(stopped.exit_code == 2);
  CHECK_THAT(stopped.err, Catch::Contains("train.sh: changed while the sweep was running"));
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "1");
}

TEST_CASE("an answer that cannot be written is not exit 0; lost progress is", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport));
  const auto shell = [&](const std::string& command) {
    return WEXITSTATUS(std::system(command.c_str()));
  };
  CHECK(shell(desk.Command("run s.toml 2>/dev/full >out")) == 0);
  CHECK(shell(desk.Command("run s.toml --json >/dev/full 2>err")) == 3);
  CHECK(shell(desk.Command("query 'SELECT 1' >/dev/full 2>err")) == 3);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "6");
}

TEST_CASE("a sweep goes on and succeeds though the reader of its answer has left", "[end-to-end]") {
  const Desk desk(ShellSpec("until test -e left; do sleep 0.01; done; " + kReport));
  const std::string folder = "'" + desk.folder().path().string() + "'";
  for (const std::string command : {"run s.toml", "run s.toml --json"}) {
    CHECK(std::system(("{ (" + desk.Command(command + " 2>err") + "); echo $? >" + folder +
                       "/code; } | (exec <&-; touch " + folder + "/left)")
                          .c_str()) == 0);
    CHECK(ReadFile(desk.folder() / "code").value() == "0\n");
    CHECK(ReadFile(desk.folder() / "err").value().find("sweepformer:") == std::string::npos);
  }
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "6");
}

TEST_CASE("failures are told, stay, and are tried again on request", "[end-to-end]") {
  const Desk desk(ShellSpec("test -e mended || exit 9; " + kReport, "[1]"));
  const Output failed = desk.Call("run s.toml");
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Catch::Contains("failed after") && Catch::Contains("exit code 9"));
  CHECK_THAT(failed.out, Catch::Contains("sweepformer status toy"));
  std::ofstream(desk.folder() / "mended");
  CHECK(desk.Call("run s.toml").exit_code == 1);
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "2");
  CHECK(desk.Call("run s.toml --retry-failed").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "4");
}

TEST_CASE("learning curves, NaN and children without descriptor 3 arrive", "[end-to-end]") {
  const Desk desk(
      ShellSpec("sweepformer emit loss=0.5 --step 1 --split valid 3>&-; "
                "sweepformer emit y=nan z=inf",
                "[1]"));
  REQUIRE(desk.Call("run s.toml --seeds 1").exit_code == 0);
  CHECK(desk.Query("SELECT metric, split, step, value FROM history WHERE step IS NOT NULL") ==
        "loss,valid,1,0.5");
  CHECK(desk.Query("SELECT is_nan FROM history WHERE metric = 'y'") == "1");
  CHECK(desk.Query("SELECT y IS NULL, z > 1e308 FROM runs") == "1,1");
}

TEST_CASE("each kind of trouble has its exit code and says what to type", "[end-to-end]") {
  Desk desk(ShellSpec(kReport));
  CHECK(desk.Call("emit y=1").exit_code == 2);
  CHECK(desk.Call("run s.toml --only 'x = 99'").exit_code == 4);
  CHECK(desk.Call("status nothing").exit_code == 4);
  CHECK(desk.Call("run gone.toml").exit_code == 2);
  CHECK_THAT(desk.Call("plann s.toml").err, Catch::Contains("did you mean 'plan'?"));
  std::ofstream(desk.folder() / "text.db") << std::string(5000, 'x');
  const Output no_store = desk.Call("run s.toml --store text.db");
  CHECK(no_store.exit_code == 3);
  CHECK_THAT(no_store.err, Catch::Contains("text.db: not an SQLite database"));
  CHECK(desk.Call("run s.toml --store /no/folder/s.db").exit_code == 3);
  desk.WriteSpec("spec = 1\nname = \"x\"\n[axis]\ny = [1]\n");
  const Output misspelt = desk.Call("plan s.toml");
  CHECK(misspelt.exit_code == 2);
  CHECK_THAT(misspelt.err,
             Catch::Contains("s.toml:3:2: unknown key 'axis' in the spec, did you mean 'axes'?"));
}

TEST_CASE("an empty path is a mistake, and nothing is made of it", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport));
  const Output run = desk.Call("run s.toml --store ''");
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, Catch::Contains("--store is empty"));
  CHECK_FALSE(desk.Exists(".lock"));
  CHECK_THAT(desk.Call("export toy ''").err, Catch::Contains("DIR is empty"));
}

TEST_CASE("what is said to type can be typed, whatever the names", "[end-to-end]") {
  const Desk desk(ShellSpec("exit 1", "[1]", "lr study"));
  const Output failed = desk.Call("run s.toml --store 'my runs.db'");
  CHECK_THAT(failed.out, Catch::Contains("sweepformer status 'lr study' --store 'my runs.db';"));
}

TEST_CASE("a worker of a bare name is the one in this folder", "[end-to-end]") {
  Desk desk("spec = 1\nname = \"bare\"\n");
  UseWorker(desk, "exit 1");
  desk.prefix = "SWEEPFORMER_WORKER=worker";
  CHECK(desk.Call("plan s.toml").exit_code == 0);
}

TEST_CASE("help and version are found under the words people try", "[end-to-end]") {
  const Desk desk("");
  CHECK(desk.Call("help plan").out == desk.Call("plan --help").out);
  CHECK_THAT(desk.Call("help pln").err, Catch::Contains("did you mean 'plan'?"));
  CHECK_THAT(desk.Call("--hlp").err,
             Catch::Contains("unknown option '--hlp', did you mean '--help'?"));
  for (const char* typed : {"-v", "version"})
    CHECK_THAT(desk.Call(typed).err, Catch::Contains("did you mean '--version'?"));
}

TEST_CASE("plan says that a name is taken in the store, as run does", "[end-to-end]") {
  Desk desk(ShellSpec(kReport, "[1]"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  desk.WriteSpec(
      "spec = 1\nname = \"other\"\n[axes]\ny = [1]\n[worker]\ncommand = [\"true\", \"{y}\"]\n");
  const std::string clash =
      "the parameter 'y' has the name of a column for the metric 'y'; rename one of them or use "
      "another store";
  for (const char* command : {"plan s.toml", "run s.toml"}) {
    const Output refused = desk.Call(command);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, Catch::Contains(clash));
  }
}

TEST_CASE("a goal that can get no column in the store is refused", "[end-to-end]") {
  Desk desk(ShellSpec(kReport, "[1]"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  desk.WriteSpec(
      "spec = 1\nname = \"other\"\n[axes]\nz = [1]\n[goal]\nmaximize = [\"x\"]\n"
      "[worker]\ncommand = [\"true\", \"{z}\"]\n");
  for (const char* command : {"plan s.toml", "run s.toml"}) {
    const Output refused = desk.Call(command);
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.err, Catch::Contains("a column for the metric 'x' has the name of the "
                                            "parameter 'x'"));
  }
}

TEST_CASE("plan says what run would refuse, and run that a flag is empty", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport) + "[limits]\nmem = \"900TiB\"\n");
  const Output plan = desk.Call("plan s.toml");
  CHECK(plan.exit_code == 0);
  CHECK_THAT(plan.out, Catch::Contains("'run' will refuse this plan here: the run x=1  seed=1 asks "
                                       "for 921600.0 GiB of mem"));
  const Output run = desk.Call("run s.toml");
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, Catch::Contains("asks for 921600.0 GiB of mem, and this machine has "));
  CHECK(desk.Call("run s.toml --only ''").exit_code == 2);
  CHECK(desk.Call("plan s.toml --most-cells 2").exit_code == 2);
}

TEST_CASE("standard streams that are closed cost no run", "[end-to-end]") {
  const Desk desk(ShellSpec(kReport));
  const auto shell = [](const std::string& command) {
    return WEXITSTATUS(std::system(command.c_str()));
  };
  CHECK(shell(desk.Command("run s.toml >out 2>&-")) == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "6");
  shell(desk.Command("run s.toml --store other.db <&- >&- 2>err"));
  const std::string succeeded = "\"SELECT count(*) AS n FROM runs WHERE state = 'succeeded'\"";
  CHECK(desk.Call("query --store other.db --format csv " + succeeded).out == "n\n6\n");
}

TEST_CASE("a store that was moved has its logs", "[end-to-end]") {
  const Desk desk(ShellSpec("echo last words; exit 1", "[1]"));
  const auto make = [&](const char* name) {
    std::filesystem::create_directory(desk.folder() / name);
  };
  make("here");
  REQUIRE(desk.Call("run s.toml --seeds 1 --store here/s.db").exit_code == 1);
  std::filesystem::rename(desk.folder() / "here", desk.folder() / "there");
  const std::string id =
      desk.Call("query --store there/s.db 'SELECT id FROM runs' --format csv").out.substr(3, 8);
  CHECK_THAT(desk.Call("show " + id + " --store there/s.db").out, Catch::Contains("last words"));
  CHECK_THAT(desk.Call("why " + id + " --store there/s.db").out, Catch::Contains("last words"));
}

TEST_CASE("a worker that describes itself may read other data than ours", "[end-to-end]") {
  Desk desk(
      "spec = 1\nname = \"own\"\n[base]\ndataset = \"plumage\"\ndomain = \"birds\"\nrows = 7\n"
      "data_path = \"gone\"\n");
  WorkerDescription description = ToyDescription();
  description.parameters.front().choices.clear();
  UseWorker(desk, "exit 1", description);
  CHECK(desk.Call("run s.toml").exit_code == 1);
  CHECK(desk.Query("SELECT length(dataset_fingerprint) FROM cell") == "0");
  CHECK(desk.Call("rerun " + desk.Query("SELECT id FROM runs")).exit_code == 1);
}

TEST_CASE("a worker that dies before it says hello fails with its log", "[end-to-end]") {
  Desk desk("spec = 1\nname = \"toy\"\n[base]\ndataset = \"synthetic-reviews\"\n");
  UseWorker(desk, "echo broken pipe organ; exit 3");
  const Output run = desk.Call("run s.toml");
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.err, Catch::Contains("the worker ended before it said hello (exit code 3)"));
  const std::string log = desk.Query("SELECT log_path FROM attempts");
  CHECK(ReadFile(log).value() == "broken pipe organ\n");
}

TEST_CASE("the orchestrator does not link LibTorch and knows its version", "[end-to-end]") {
  const Desk desk("");
  CHECK_THAT(desk.Call("--version").out, Catch::StartsWith("sweepformer 0."));
  const int found = std::system("ldd " SWEEPFORMER_BIN_DIR "/sweepformer | grep -q torch");
  CHECK(WEXITSTATUS(found) == 1);
}
