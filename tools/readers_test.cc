// The store while an orchestrator writes to it, as people and scripts read it.
#include <sqlite3.h>

#include <csignal>

#include "orchestrator/sql/connection.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

constexpr int kReaders = 16;

/// Opens the store as the sqlite3 shell does, asks once, closes it; SQLite's code. No time to wait
/// is allowed.
int AskOnce(const std::string& store) {
  sqlite3* connection = nullptr;
  int code = sqlite3_open_v2(store.c_str(), &connection, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                             nullptr);
  if (code == SQLITE_OK) {
    code =
        sqlite3_exec(connection,
                     "SELECT count(*), sum(y) FROM runs; SELECT count(*) FROM attempts; SELECT * "
                     "FROM cells; SELECT count(*) FROM history",
                     nullptr, nullptr, nullptr);
  }
  sqlite3_close(connection);
  return code;
}

/// A process that asks until `stop` exists; its exit code is the first of SQLite's that is not OK.
pid_t StartReader(const Desk& desk) {
  const pid_t pid = fork();
  if (pid != 0) return pid;
  const std::string store = (desk.folder() / "sweepformer.db").string();
  int code = SQLITE_OK;
  int asked = 0;
  while (code == SQLITE_OK && !desk.Exists("stop")) {
    code = AskOnce(store);
    ++asked;
  }
  _exit(code == SQLITE_OK && asked < 3 ? 255 : code);
}

/// Reads while a sweep of 2 `highest` runs, each of which reports y by `report`, is under way.
void ReadWhileRunning(const std::string& report, int highest, int limit_ms) {
  const std::string last = std::to_string(highest);
  // The last run ends only when the readers have left: the orchestrator is up.
  const Desk desk(ShellSpec(report + "; if [ $1 = " + last +
                                " ] && [ $2 = 2 ]; then while [ ! -e leave ]; do sleep 0.05; "
                                "done; fi",
                            "{ from = 1, to = " + last + ", step = 1 }"));
  const pid_t orchestrator = desk.Start("run s.toml -j 2");
  const std::string store = (desk.folder() / "sweepformer.db").string();
  REQUIRE(Within(20'000, [&] {
    const auto opened = Connection::Open(store, OpenMode::kReadOnly);
    return opened.ok() && opened->QueryValue("SELECT count(*) FROM attempts").ok();
  }));
  const Connection watching = Connection::Open(store, OpenMode::kReadOnly).value();
  const auto succeeded = [&] {
    const auto count = watching.QueryValue("SELECT count(*) FROM runs WHERE state = 'succeeded'");
    return count.ok() ? std::get<std::int64_t>(*count) : -1;
  };
  REQUIRE(Within(20'000, [&] { return succeeded() > 0; }));  // there is a column y
  std::vector<pid_t> readers;
  for (int i = 0; i < kReaders; ++i) readers.push_back(StartReader(desk));
  CHECK(Within(limit_ms, [&] { return succeeded() == 2 * highest - 1; }));
  std::ofstream(desk.folder() / "stop");
  for (const pid_t reader : readers) CHECK(WaitFor(reader) == SQLITE_OK);
  std::ofstream(desk.folder() / "leave");
  CHECK(WaitFor(orchestrator) == 0);
  CHECK(desk.Query("SELECT count(*), min(y IS NOT NULL) FROM runs WHERE state = 'succeeded'") ==
        std::to_string(2 * highest) + ",1");
}

}  // namespace

TEST_CASE("sixteen readers and the orchestrator never wait for one another", "[readers]") {
  ReadWhileRunning(kReport, 150, 120'000);
}

// For minutes the readers leave the sweep few of the CPUs: only if asked for, as
// build/release/bin/tools_test "[full]".
TEST_CASE("sixteen readers and the orchestrator of ten thousand runs never wait for one another",
          "[.][full]") {
  ReadWhileRunning(
      R"(printf '{{"event":"metric","name":"y","value":%d}}\n' $(( $1 * 10 + $2 )) >&3)", 5000,
      1'200'000);
}
