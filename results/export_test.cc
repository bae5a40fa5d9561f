#include "results/export.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include "orchestrator/core/file.h"
#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;
namespace fs = std::filesystem;

namespace {

/// A sweep `demo` whose figures and names are hard on CSV, and another that is not to be exported.
struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  fs::path out = folder / "out";

  Fixture() {
    Registration demo = SweepOf({Run("a, \"b\"\nä", 1), Run("=1+1", 2), Run("", 3)});
    demo.description_json =
        R"({"parameters": [{"name": "attention", "unit": "kind", "doc": "how, \"and\" why"}]})";
    demo.metrics = {Metric("accuracy", "share")};
    REQUIRE(store.RegisterRuns(demo).ok());
    const std::int64_t attempt = Begin(store, demo.runs[0]);
    const Measurement loss{"loss", "train", 1, 1.0 / 3};
    const Measurement nan{"loss", "train", 2, std::nan("")};
    REQUIRE(store.AppendMeasurements(std::vector{std::pair(attempt, loss), {attempt, nan}}).ok());
    AttemptEnd end = Completed(attempt, {{"accuracy", 0.1 + 0.2}});
    end.ended_ms = 1'767'225'600'123;
    REQUIRE(store.FinishAttempt(end).value());
    Succeed(store, demo.runs[1], {{"accuracy", -std::numeric_limits<double>::infinity()}});
    Registration other = SweepOf({Run("other", 1)});
    other.sweep = "other";
    other.metrics = demo.metrics;
    REQUIRE(store.RegisterRuns(other).ok());
  }

  static SweepMember Run(const std::string& attention, std::int64_t seed) {
    return Member({{"attention", attention}}, seed);
  }
  Status Export(const std::string& sweep = "demo") const {
    return ExportSweep(store.connection(), sweep, out);
  }
  std::string File(const std::string& name) const { return ReadFile(out / name).value(); }
};

std::set<std::string> NamesIn(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  return names;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

const std::set<std::string> kExported = {"README.md",      "attempts.csv", "cells.csv",
                                         "dictionary.csv", "history.csv",  "runs.csv"};

}  // namespace

TEST_CASE("an export holds the runs, cells, attempts and history of one sweep", "[export]") {
  Fixture f;
  REQUIRE(f.Export().ok());
  CHECK(NamesIn(f.out) == kExported);
  const std::string runs = f.File("runs.csv");
  CHECK(FirstLine(runs) == "sweep,id,cell,seed,state,label,in_plan,reused,attention,accuracy");
  CHECK(runs.find(",1,succeeded,,1,0,\"a, \"\"b\"\"\nä\",0.30000000000000004\n") !=
        std::string::npos);
  CHECK(runs.find(",2,succeeded,,1,0,=1+1,-Infinity\n") != std::string::npos);
  CHECK(runs.find("other") == std::string::npos);
  CHECK(f.File("history.csv").find(",1,loss,train,2,,1\n") != std::string::npos);
  CHECK(
      f.File("attempts.csv")
          .find(
              ",1000,1970-01-01T00:00:01.000Z,1767225600123,2026-01-01T00:00:00.123Z,completed,") !=
      std::string::npos);
}

TEST_CASE("the dictionary has every column of every file, once and in order", "[export]") {
  Fixture f;
  REQUIRE(f.Export().ok());
  std::string lines;
  for (const std::string file : {"runs", "cells", "attempts", "history"}) {
    std::istringstream columns(FirstLine(f.File(file + ".csv")));
    for (std::string column; std::getline(columns, column, ',');) {
      lines += file + ".csv," + column + "\n";
    }
  }
  std::istringstream dictionary(f.File("dictionary.csv"));
  std::string listed;
  std::string line;
  std::getline(dictionary, line);
  CHECK(line == "file,column,unit,meaning,source");
  while (std::getline(dictionary, line)) {
    listed += line.substr(0, line.find(',', line.find(',') + 1)) + "\n";
  }
  CHECK(listed == lines);
  const std::string text = f.File("dictionary.csv");
  CHECK(text.find("runs.csv,attention,kind,\"how, \"\"and\"\" why; empty if not in use\","
                  "parameter\n") != std::string::npos);
  CHECK(text.find("cells.csv,accuracy_mean,share,mean of accuracy over these,sweepformer\n") !=
        std::string::npos);
}

TEST_CASE("the columns of an export are those of the views and the times in words", "[export]") {
  Fixture f;
  REQUIRE(f.Export().ok());
  for (const std::string view : {"runs", "cells", "attempts", "history"}) {
    std::string columns = FirstLine(f.File(view + ".csv"));
    std::replace(columns.begin(), columns.end(), ',', ' ');
    for (const std::string extra : {" started ", " ended "}) {
      if (const auto at = columns.find(extra); at != std::string::npos) {
        columns.erase(at, extra.size() - 1);
      }
    }
    CHECK(columns == ColumnNames(f.store.connection(), "SELECT * FROM " + view));
  }
}

TEST_CASE("an earlier export of the sweep is replaced, whole", "[export]") {
  Fixture f;
  REQUIRE(f.Export().ok());
  const std::string before = f.File("runs.csv");
  Succeed(f.store, Fixture::Run("", 3), {{"accuracy", 0.75}});
  fs::remove(f.out / "cells.csv");
  REQUIRE(f.Export().ok());
  CHECK(f.File("runs.csv") != before);
  CHECK(NamesIn(f.out) == kExported);
  CHECK(NamesIn(f.folder.path()).count("out") == 1);
  for (const std::string& name : NamesIn(f.folder.path())) CHECK_FALSE(name.ends_with(".tmp"));
}

TEST_CASE("a folder that holds something else is left as it is", "[export]") {
  Fixture f;
  fs::create_directory(f.out);
  std::ofstream(f.out / "notes.txt") << "mine";
  CHECK(f.Export().message() == fs::canonical(f.out).string() +
                                    ": holds notes.txt, which is no part of an export; name a new "
                                    "folder, nothing was changed");
  CHECK(f.File("notes.txt") == "mine");
  fs::remove(f.out / "notes.txt");
  std::ofstream(f.out / "runs.csv") << "mine";
  CHECK(f.Export().message().find(": holds no export of this sweep; name a new folder") !=
        std::string::npos);
  CHECK(f.File("runs.csv") == "mine");
  fs::remove(f.out / "runs.csv");
  CHECK(f.Export().ok());
  CHECK(f.Export("other").message().find(": holds no export of this sweep") != std::string::npos);
  CHECK(f.File("README.md").starts_with("# Sweep demo, exported by sweepformer\n"));
}

TEST_CASE("an export that cannot be made leaves nothing behind", "[export]") {
  Fixture f;
  CHECK(f.Export("demi").code() == Code::kNotFound);
  std::ofstream(f.out) << "a file";
  CHECK(f.Export().message().find(": there is a file of this name") != std::string::npos);
  CHECK(ExportSweep(f.store.connection(), "demo", ".")
            .message()
            .find("a folder cannot be replaced while you are in it") != std::string::npos);
  CHECK(ExportSweep(f.store.connection(), "demo", "/proc/self/x").code() == Code::kIo);
  CHECK(NamesIn(f.folder.path()) == std::set<std::string>{"out", "s.db", "s.db-shm", "s.db-wal"});
}

TEST_CASE("an export follows a link and makes the folders above it", "[export]") {
  Fixture f;
  f.out = f.folder / "a/b/out";
  REQUIRE(f.Export().ok());
  fs::create_directory_symlink(f.out, f.folder / "link");
  REQUIRE(ExportSweep(f.store.connection(), "demo", f.folder / "link/").ok());
  CHECK(fs::is_symlink(f.folder / "link"));
  CHECK(NamesIn(f.out) == kExported);
}

TEST_CASE("Python reads the same numbers from an export as SQLite has", "[export]") {
  if (std::system("command -v python3 >/dev/null && python3 -c 'import sqlite3, csv'") != 0) {
    WARN("python3 is not here; not tested");
    return;
  }
  Fixture f;
  REQUIRE(f.Export().ok());
  std::ofstream(f.folder / "check.py") << R"(
import csv, sqlite3, sys
store = sqlite3.connect(sys.argv[1])
same = 0
for view in ("runs", "cells", "history"):
    of_sweep = "" if view == "history" else " WHERE sweep = 'demo'"
    cursor = store.execute(f"SELECT * FROM {view}{of_sweep}")
    names = [column[0] for column in cursor.description]
    expected = [dict(zip(names, row)) for row in cursor]
    with open(f"{sys.argv[2]}/{view}.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(expected) > 0, view
    for row, wanted in zip(rows, expected):
        for name, value in wanted.items():
            read = row[name]
            if value is None: assert read == "", (view, name, read)
            elif isinstance(value, str): assert read == value, (view, name, read)
            else: assert type(value)(read) == value, (view, name, read, value)
            same += 1
print(same)
)";
  const std::string call = "python3 '" + (f.folder / "check.py").string() + "' '" +
                           (f.folder / "s.db").string() + "' '" + f.out.string() + "' > '" +
                           (f.folder / "same").string() + "'";
  CHECK(std::system(call.c_str()) == 0);
  // 3 runs of 10 columns, 3 cells of 7, 2 figures of 7.
  CHECK(ReadFile(f.folder / "same").value() == std::to_string(3 * 10 + 3 * 7 + 2 * 7) + "\n");
}
