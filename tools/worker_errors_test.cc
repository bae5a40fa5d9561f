// What the program says, word for word, of a worker that cannot be used.
#include <catch2/catch.hpp>
#include <fstream>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

constexpr const char* kRemedy =
    "; `make` builds the worker, SWEEPFORMER_WORKER=FILE names another\n";

/// What `plan` says of this script in the built-in worker's place; exit code 2 is required.
std::string ErrorOf(const std::string& script, bool executable = true) {
  Desk desk("spec = 1\nname = \"w\"\n[base]\nx = 1\n");
  std::ofstream(desk.folder() / "worker") << script;
  if (executable) {
    std::filesystem::permissions(desk.folder() / "worker", std::filesystem::perms::owner_all);
  }
  desk.prefix = "SWEEPFORMER_WORKER=./worker";
  const Output plan = desk.Call("plan s.toml");
  CHECK(plan.exit_code == 2);
  return plan.err;
}

std::string ForeignSpec(const std::string& program) {
  return "spec = 1\nname = \"f\"\n[axes]\nx = [1, 2]\n[worker]\ncommand = [\"" + program +
         "\", \"{x}\"]\n";
}

}  // namespace

TEST_CASE("a worker that cannot describe itself says what it did instead", "[errors][golden]") {
  CHECK(ErrorOf("#!/bin/sh\necho hello\n") ==
        std::string("sweepformer: the worker ./worker cannot be used: not a worker description, "
                    "which is JSON: it begins 'hello\\n'") +
            kRemedy);
  CHECK(ErrorOf("#!/bin/sh\nprintf '\\033[31m\\377'\n") ==
        std::string("sweepformer: the worker ./worker cannot be used: not a worker description, "
                    "which is JSON: it begins '\\x1b[31m\\xff'") +
            kRemedy);
  CHECK(ErrorOf("#!/bin/sh\nexit 7\n") ==
        std::string("sweepformer: the worker cannot be used: './worker --describe' ended with exit "
                    "code 7") +
            kRemedy);
  CHECK(ErrorOf("#!/bin/sh\nyes\n") ==
        std::string("sweepformer: the worker cannot be used: './worker --describe' prints over 16 "
                    "MiB") +
            kRemedy);
  CHECK(ErrorOf("#!/bin/sh\n", false) ==
        std::string("sweepformer: the worker ./worker is not a program that can be started") +
            kRemedy);
}

TEST_CASE("a foreign worker's program is looked for before anything starts", "[errors][golden]") {
  const Desk desk(ForeignSpec("trian"));
  const Output plan = desk.Call("plan s.toml");
  CHECK(plan.exit_code == 0);
  CHECK_THAT(plan.out,
             Catch::Contains("'run' will refuse this plan here: s.toml:6:12: the worker's "
                             "program 'trian' is in no folder of PATH ("));
  const Output run = desk.Call("run s.toml");
  CHECK(run.exit_code == 2);
  CHECK_THAT(run.err, Catch::StartsWith("sweepformer: s.toml:6:12: the worker's program 'trian' is "
                                        "in no folder of PATH (") &&
                          Catch::Contains("); install it, or write its path\n"));
  CHECK_FALSE(desk.Exists("sweepformer.db"));
}

TEST_CASE("a foreign worker's program named by its path must be one", "[errors][golden]") {
  Desk desk(ForeignSpec("./train.sh"));
  CHECK_THAT(
      desk.Call("run s.toml").err,
      Catch::StartsWith("sweepformer: s.toml:6:12: the worker's program './train.sh' does not "
                        "exist (looked from "));
  std::ofstream(desk.folder() / "train.sh") << "exit 0\n";
  CHECK_THAT(
      desk.Call("run s.toml").err,
      Catch::StartsWith("sweepformer: s.toml:6:12: the worker's program './train.sh' is not a "
                        "program that can be started; `chmod +x './train.sh'`, or name its "
                        "interpreter before it: [\"sh\", \"./train.sh\"]\n"));
  desk.WriteSpec(ForeignSpec("train.sh"));
  CHECK_THAT(desk.Call("run s.toml").err, Catch::Contains("); the one in this folder is "
                                                          "'./train.sh'\n"));
}

TEST_CASE("a sweep that is done needs neither its program nor its memory", "[errors]") {
  Desk desk(ForeignSpec("./train.sh"));
  std::ofstream(desk.folder() / "train.sh") << "#!/bin/sh\nexit 0\n";
  std::filesystem::permissions(desk.folder() / "train.sh", std::filesystem::perms::owner_all);
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  std::filesystem::remove(desk.folder() / "train.sh");
  desk.WriteSpec(ForeignSpec("./train.sh") + "[limits]\nmem = \"900TiB\"\n");
  const Output again = desk.Call("run s.toml");
  CHECK(again.exit_code == 0);
  CHECK(again.out == "f: 2 runs, 2 succeeded (2 had before); nothing was left to do\n");
  CHECK(desk.Call("plan s.toml").out.find("will refuse") == std::string::npos);
}

TEST_CASE("a worker replaced while the sweep runs by one of another version fails its run",
          "[errors][golden]") {
  Desk desk("spec = 1\nname = \"v\"\n[base]\ndataset = \"synthetic-reviews\"\n");
  UseWorker(desk,
            "echo '{\"event\":\"hello\",\"protocol\":1,\"worker\":\"toy\",\"version\":\"2\"}' >&3");
  const Output run = desk.Call("run s.toml");
  CHECK(run.exit_code == 1);
  CHECK_THAT(run.err,
             Catch::Contains("the worker is of version 2, the plan was made for version 1; "
                             "run the same command again"));
}

TEST_CASE("arguments that are not UTF-8 reach a foreign worker, parameters must be text",
          "[errors][golden]") {
  const Desk desk(ForeignSpec("true"));
  const Output run = desk.Call("run s.toml --set x=$(printf 'caf\\351')");
  CHECK(run.exit_code == 2);
  CHECK(
      run.err ==
      "sweepformer: --set 'x=caf\\xe9': not UTF-8; write the value in UTF-8, as a spec has it (for "
      "other bytes pass the name of a file)\n");
}

TEST_CASE("plan refuses an init that no run could keep to", "[errors][golden]") {
  const std::string head = "spec = 1\nname = \"i\"\n[base]\ninit = ";
  const std::string rule = "[[init_from]]\nwhen = \"x = 2\"\nparent = \"x = 1\"\n";
  WorkerDescription description;
  description.worker = "sweepformer-worker";
  description.version = "1";
  ParameterSpec x, init;
  x.name = "x";
  x.type = ParameterType::kInteger;
  x.default_value = std::int64_t{1};
  init.name = "init";
  init.choices = {"random", "parent"};
  description.parameters = {x, init};
  Desk desk(head + "\"parent\"\n");
  UseWorker(desk, "exit 1", description);
  const Output none = desk.Call("plan s.toml");
  CHECK(none.exit_code == 2);
  CHECK_THAT(none.err, Catch::StartsWith("sweepformer: s.toml:4:1: init = 'parent', but no "
                                         "[[init_from]] names the run that the run seed=1 starts "
                                         "from; add one whose 'when' matches\n"));
  desk.WriteSpec(head + "\"random\"\n[axes]\nx = [1, 2]\n" + rule);
  const Output random = desk.Call("plan s.toml");
  CHECK(random.exit_code == 2);
  CHECK_THAT(random.err, Catch::StartsWith("sweepformer: s.toml:4:1: init = 'random', but an "
                                           "[[init_from]] matches the run x=2  seed=1; narrow its "
                                           "'when', e.g. with: init = 'parent'\n"));
  desk.WriteSpec("spec = 1\nname = \"i\"\n[axes]\nx = [1, 2]\n" + rule);
  CHECK(desk.Call("plan s.toml").exit_code == 0);
}

TEST_CASE("a description that contradicts itself is named", "[errors][golden]") {
  WorkerDescription description;
  description.worker = "w";
  description.version = "1";
  ParameterSpec x;
  x.name = "x";
  x.type = ParameterType::kInteger;
  x.default_value = std::int64_t{1};
  description.parameters = {x};
  const auto error_of = [&](const std::string& rest) {
    Desk desk("spec = 1\nname = \"d\"\n[base]\nx = 1\n" + rest);
    UseWorker(desk, "exit 1", description);
    const Output plan = desk.Call("plan s.toml");
    CHECK(plan.exit_code == 2);
    return plan.err;
  };
  CHECK_THAT(error_of("[goal]\nmaximize = [\"y\"]\n"),
             Catch::Contains("'y' is not a metric of w, whose description declares none"));
  description.parameters[0].when = "z = 1";
  CHECK_THAT(error_of(""), Catch::StartsWith("sweepformer: the worker's description: the 'when' of "
                                             "'x': "));
  description.parameters[0].when = "";
  description.parameters[0].default_value = std::string("one");
  CHECK(error_of("") ==
        "sweepformer: the description of the worker w: the default of 'x' is not what it "
        "declares: 'x' must be a whole number, not \"one\"\n");
}
