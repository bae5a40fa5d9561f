// What a query does to the process that runs it.
#include <signal.h>

#include <catch2/catch.hpp>

#include "results/store.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// Counts and never ends.
const std::string kEndless =
    "\"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT ";

std::string TextOf(const std::filesystem::path& file) {
  const auto text = ReadFile(file);
  return text.ok() ? *text : "";
}

/// Whether a process that was started is no longer the shell that becomes it.
bool HasBegun(pid_t pid) {
  return TextOf("/proc/" + std::to_string(pid) + "/comm") == "sweepformer\n";
}

}  // namespace

TEST_CASE("Ctrl-C ends a query, whether it has rows or not", "[query]") {
  const Desk desk("");
  REQUIRE(ResultStore::Open(desk.folder() / "sweepformer.db").ok());
  const pid_t writing = desk.Start("query " + kEndless + "i FROM n\"");
  CHECK(Within(20'000, [&] { return HasBegun(writing) && TextOf(desk.folder() / "out") != ""; }));
  kill(writing, SIGINT);
  CHECK(WaitFor(writing) == -SIGINT);  // to a shell: 130
  const pid_t searching = desk.Start("query " + kEndless + "i FROM n WHERE i < 0\"");
  CHECK(Within(20'000, [&] { return HasBegun(searching); }));
  kill(searching, SIGINT);
  CHECK(WaitFor(searching) == -SIGINT);
}

TEST_CASE("a query ends when nobody reads what it prints", "[query]") {
  const Desk desk("");
  REQUIRE(ResultStore::Open(desk.folder() / "sweepformer.db").ok());
  const std::string piped = desk.Command("query " + kEndless + "i FROM n\" | head -n 3 > first");
  CHECK(std::system(piped.c_str()) == 0);
  CHECK(ReadFile(desk.folder() / "first").value() == "   i\n────\n   1\n");
}

TEST_CASE("a query reads its SQL from a pipe", "[query]") {
  const Desk desk("");
  REQUIRE(ResultStore::Open(desk.folder() / "sweepformer.db").ok());
  const std::string piped = "cd '" + desk.folder().path().string() +
                            "' && echo 'SELECT :x + 1 AS y' | " SWEEPFORMER_BIN_DIR
                            "/sweepformer query --file - --param x=41 --format csv > answer";
  REQUIRE(std::system(piped.c_str()) == 0);
  CHECK(ReadFile(desk.folder() / "answer").value() == "y\n42\n");
}
