// What the program says, word for word, of a store or an output that cannot be used.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "orchestrator/sql/connection.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

constexpr const char* kOtherStore =
    "name the store with --store FILE.db (a new file is made if there is none)\n";

void Sql(const Desk& desk, const std::string& store, const std::string& sql) {
  Connection connection = Connection::Open(desk.folder() / store, OpenMode::kCreate).value();
  REQUIRE(connection.Execute(sql).ok());
}

/// What `arguments` print to stderr; exit code 3 is required.
std::string TroubleOf(const Desk& desk, const std::string& arguments) {
  const Output output = desk.Call(arguments);
  INFO(arguments);
  CHECK(output.exit_code == 3);
  return output.err;
}

}  // namespace

TEST_CASE("a store where none can be made says what to do", "[errors][golden]") {
  const Desk desk(ShellSpec(kReport));
  CHECK(TroubleOf(desk, "run s.toml --store no/such/s.db") ==
        "sweepformer: no/such: the folder of the store does not exist; `mkdir -p 'no/such'` makes "
        "it, or name another store with --store\n");
  // Nobody, not even root, makes files there.
  CHECK_THAT(TroubleOf(desk, "run s.toml --store /proc/self/s.db"),
             Catch::Contains("s.db.lock: cannot be made: ") &&
                 Catch::EndsWith("; check the folder, or name another store with --store\n"));
  std::filesystem::create_directory(desk.folder() / "d.db");
  for (const char* call : {"run s.toml --store d.db", "status --store d.db"}) {
    CHECK(TroubleOf(desk, call) ==
          "sweepformer: d.db: a folder, not a store; name a file in it with --store d.db/x.db\n");
  }
}

TEST_CASE("a store that is not ours is told from an empty and a newer one", "[errors][golden]") {
  const Desk desk(ShellSpec(kReport, "[1]"));
  std::ofstream(desk.folder() / "text.db") << std::string(5000, 'x');
  Sql(desk, "other.db", "CREATE TABLE theirs(x)");
  std::ofstream(desk.folder() / "empty.db");
  REQUIRE(desk.Call("run s.toml --store new.db").exit_code == 0);
  Sql(desk, "new.db", "PRAGMA user_version = 99");
  for (const std::string call : {"run s.toml", "plan s.toml", "status"}) {
    CHECK(TroubleOf(desk, call + " --store text.db") ==
          std::string("sweepformer: text.db: not an SQLite database; ") + kOtherStore);
    CHECK(TroubleOf(desk, call + " --store other.db") ==
          std::string("sweepformer: other.db: an SQLite database of another program; ") +
              kOtherStore);
    CHECK_THAT(
        TroubleOf(desk, call + " --store new.db"),
        Catch::StartsWith("sweepformer: new.db: a store of schema version 99, and this "
                          "sweepformer knows versions up to ") &&
            Catch::EndsWith("; use the newer sweepformer that wrote it, or another store\n"));
  }
  CHECK(TroubleOf(desk, "status --store empty.db") ==
        "sweepformer: empty.db: an empty file; `sweepformer run SPEC --store FILE` makes a store "
        "of it\n");
  CHECK(desk.Call("run s.toml --store empty.db").exit_code == 0);
}

TEST_CASE("a store that was cut off or written over says how to save it", "[errors][golden]") {
  const Desk desk(ShellSpec(kReport, "[1]"));
  REQUIRE(desk.Call("run s.toml --store cut.db").exit_code == 0);
  const auto size = std::filesystem::file_size(desk.folder() / "cut.db");
  std::filesystem::resize_file(desk.folder() / "cut.db", size / 2);
  for (const char* call : {"run s.toml --store cut.db", "status --store cut.db"}) {
    CHECK_THAT(
        TroubleOf(desk, call),
        Catch::Contains("cut.db: the store is damaged: cut off, or changed by something other "
                        "than SQLite; take a copy of before, or save what `sqlite3 STORE "
                        ".recover` can read, and name it with --store\n"));
  }
}

TEST_CASE("when the disk fills up nothing is lost, and the same command goes on", "[errors]") {
  const std::string report =
      "for i in 1 2 3 4 5 6 7 8 9; do sweepformer emit loss$i=$i --step $1; done; " + kReport;
  Desk desk(ShellSpec(report, "{ from = 1, to = 20, step = 1 }"));
  // A limit to the size of files is a full disk that needs no mount.
  desk.prefix = "true; export XDG_CACHE_HOME=$PWD/cache; ulimit -f 400;";
  const Output full = desk.Call("run s.toml -j 2");
  desk.prefix = "";
  CHECK(full.exit_code == 3);
  CHECK_THAT(full.err,
             Catch::Contains("sweepformer.db: ") && Catch::Contains("run the same command again"));
  const std::string done = desk.Query("SELECT count(*) FROM attempts WHERE outcome = 'completed'");
  const Output again = desk.Call("run s.toml -j 2");
  CHECK(again.exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded' AND y IS NOT NULL") ==
        "40");
  CHECK(desk.Query("SELECT count(*) FROM attempts WHERE outcome = 'completed'") == "40");
  CHECK(std::stoi(done) < 40);
}

TEST_CASE("a store that may only be read says so, and nothing of it is lost", "[errors]") {
  const Desk desk(ShellSpec(kReport, "[1]"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  std::filesystem::permissions(desk.folder() / "sweepformer.db", std::filesystem::perms(0444));
  std::filesystem::permissions(desk.folder().path(), std::filesystem::perms(0777));
  std::filesystem::remove(desk.folder() / "sweepformer.db.lock");
  // No permission stops root.
  const std::string as_user =
      geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
  const auto call = [&](const std::string& arguments) {
    const std::string command = "cd '" + desk.folder().path().string() + "' && " + as_user +
                                "env XDG_CACHE_HOME=$PWD/c " SWEEPFORMER_BIN_DIR "/sweepformer " +
                                arguments + " >out 2>err";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  if (call("--version") != 0) {
    WARN("skipped: another user than root cannot start sweepformer here");
    return;
  }
  CHECK(call("run s.toml --set x=7") == 3);
  CHECK_THAT(
      ReadFile(desk.folder() / "err").value(),
      Catch::Contains("readonly database; make the file and its folder writable (chmod u+w), "
                      "or name another store with --store"));
  CHECK(call("status") == 0);
  CHECK(desk.Query("SELECT count(*) FROM runs WHERE state = 'succeeded'") == "2");
}

TEST_CASE("an answer that nobody can take says why", "[errors][golden]") {
  const Desk desk(ShellSpec(kReport, "[1]"));
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  const auto shell = [&](const std::string& command) {
    const int code = WEXITSTATUS(std::system(command.c_str()));
    return std::to_string(code) + " " + ReadFile(desk.folder() / "err").value();
  };
  for (const std::string call : {"status", "query 'SELECT * FROM runs'", "status --json"}) {
    CHECK(shell(desk.Command(call + " >/dev/full 2>err")) ==
          "3 sweepformer: standard output cannot be written: No space left on device\n");
  }
  CHECK(shell(desk.Command("status >&- 2>err")) ==
        "3 sweepformer: standard output cannot be written: Bad file descriptor\n");
}

TEST_CASE("a worker's control characters do not reach the screen, nor scripts' JSON less",
          "[errors]") {
  const Desk desk(ShellSpec(
      "printf '{{\"event\":\"error\",\"message\":\"bad \\\\u001b[2J\\\\u0007\"}}\\n' >&3; exit 1",
      "[1]"));
  CHECK(desk.Call("run s.toml").exit_code == 1);
  for (const char* call : {"status", "query 'SELECT error FROM attempts'"}) {
    const std::string out = desk.Call(call).out;
    CHECK(out.find('\x1b') == std::string::npos);
    CHECK_THAT(out, Catch::Contains("bad \\x1b[2J\\x07"));
  }
  CHECK_THAT(desk.Call("status --json").out, Catch::Contains("bad \\u001b[2J\\u0007"));
}
