// `rerun`, as users call it.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

const std::string kSpec = "spec = 1\nname = \"again\"\n[base]\ndataset = \"synthetic-reviews\"\n";

/// Of the worker below.
WorkerDescription VerifiableDescription() {
  WorkerDescription description = ToyDescription();
  for (const bool reproducible : {true, false}) {
    MetricSpec metric;
    metric.name = reproducible ? "acc" : "time";
    metric.reproducible = reproducible;
    description.metrics.push_back(metric);
  }
  return description;
}

/// A desk whose worker reports the figures in the files `acc` (declared reproducible) and `time`
/// (not) and the test hits in `hits`, fails while a file `broken` is there, and wants some 60 MB
/// while a file `hungry` is.
class VerifiableDesk : public Desk {
 public:
  VerifiableDesk() : Desk(kSpec) {
    UseWorker(*this, R"(
[ -e broken ] && exit 3
[ -e hungry ] && x=$(head -c 60000000 /dev/zero | tr '\0' x) && sleep 0.3
request=$(cat)
say() { echo "{\"event\":$1}" >&3; }
say '"hello","protocol":1,"worker":"toy","version":"1"'
parameters=${request##*\"parameters\":}
say '"config","seed":1,"provenance":{"cpu":"'$(cat cpu)'"},"parameters":'"${parameters%%\}*}"'}'
say '"metric","name":"acc","value":'$(cat acc)
say '"metric","name":"time","value":'$(cat time)
say '"test_hits","items":4,"bits":"'$(cat hits)'"'
say '"done"')",
              VerifiableDescription());
    Put("acc", "0.5");
    Put("time", "3");
    Put("hits", "a");
    Put("cpu", "one");
  }

  void Put(const char* name, const char* text) const { std::ofstream(folder() / name) << text; }
};

}  // namespace

TEST_CASE("a run that comes out the same is bit-equal, whatever it took", "[rerun]") {
  const VerifiableDesk desk;
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  const std::string id = desk.Query("SELECT id FROM runs");
  desk.Put("time", "4");
  const std::filesystem::path log = desk.Query("SELECT log_path FROM attempts");
  const std::filesystem::path run = desk.folder().path() / log.parent_path();
  REQUIRE(std::filesystem::create_directories(run / "verify"));  // as a worker of its own may
  const Output equal = desk.Call("rerun " + id + " --verify");
  CHECK(equal.exit_code == 0);
  CHECK_THAT(equal.out, Catch::StartsWith("run " + id.substr(0, 8) +
                                          ": bit-equal: 1 metric and 4 test items, in "));
  CHECK(std::filesystem::exists(run / "verify"));
  CHECK_FALSE(std::filesystem::exists(run / ".sweepformer-verify"));
  CHECK(desk.Query("SELECT time, (SELECT count(*) FROM attempts) FROM runs") == "3,1");
  CHECK(desk.Query("SELECT equal FROM verifications") == "1");
  CHECK_THAT(desk.Call("show " + id).out, Catch::Contains(": bit-equal\n"));
  CHECK_THAT(desk.Call("why " + id).out, Catch::Contains(": bit-equal.\n"));
}

TEST_CASE("a run that needed more memory than its limit is verified with as much", "[rerun]") {
  VerifiableDesk desk;
  desk.WriteSpec(kSpec + "[limits]\nmem = \"24MiB\"\n[retry]\nmem_factor = 3\nattempts = 5\n");
  desk.Put("hungry", "");
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  CHECK(desk.Query("SELECT outcome FROM attempts WHERE number = 1") == "out_of_memory");
  const std::string id = desk.Query("SELECT id FROM runs");
  const Output verify = desk.Call("rerun " + id + " --verify");
  INFO(verify.err);
  CHECK(verify.exit_code == 0);
  CHECK_THAT(verify.out, Catch::Contains(": bit-equal: "));
}

TEST_CASE("a run that comes out otherwise says what differs first, and what has changed",
          "[rerun]") {
  const VerifiableDesk desk;
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  const std::string id = desk.Query("SELECT id FROM runs");
  desk.Put("acc", "0.5000000000000001");
  desk.Put("hits", "8");
  desk.Put("cpu", "two");
  const Output differs = desk.Call("rerun " + id + " --verify");
  CHECK(differs.exit_code == 1);
  CHECK(differs.out == "run " + id.substr(0, 8) +
                           ": differs: acc was 0.5 and is 0.5000000000000001\n  and 1 more\n"
                           "  then and now: cpu was one and is two\n");
  CHECK(desk.Query("SELECT state, acc FROM runs") == "succeeded,0.5");
  CHECK_THAT(desk.Call("rerun " + id + " --verify --json").out,
             Catch::Contains("\"what\": \"test item 2\""));
  CHECK(desk.Query("SELECT count(*) FROM verifications WHERE NOT equal") == "2");
}

TEST_CASE("a failed run is run again alone", "[rerun]") {
  const VerifiableDesk desk;
  std::ofstream(desk.folder() / "broken");
  REQUIRE(desk.Call("run s.toml").exit_code == 1);
  const std::string id = desk.Query("SELECT id FROM runs");
  CHECK(desk.Call("rerun " + id).exit_code == 1);
  std::filesystem::remove(desk.folder() / "broken");
  const Output again = desk.Call("rerun " + id);
  CHECK(again.exit_code == 0);
  CHECK(again.out == "run " + id.substr(0, 8) + ": succeeded\n");
  CHECK(desk.Query("SELECT state, acc, (SELECT count(*) FROM attempts) FROM runs") ==
        "succeeded,0.5,3");
}

TEST_CASE("a foreign worker's failed run is run again with its command", "[rerun]") {
  const Desk desk(ShellSpec("[ -e broken ] && exit 1; " + kReport, "[1]"));
  std::ofstream(desk.folder() / "broken");
  REQUIRE(desk.Call("run s.toml").exit_code == 1);
  const std::string id = desk.Query("SELECT id FROM runs WHERE seed = 2");
  std::filesystem::remove(desk.folder() / "broken");
  CHECK(desk.Call("rerun " + id).exit_code == 0);
  CHECK(desk.Query("SELECT state, y FROM runs ORDER BY seed") == "failed,\nsucceeded,12");
}

TEST_CASE("a run that asks for more CPUs than there are is run again as -j ran it", "[rerun]") {
  const Desk desk(ShellSpec("[ -e mended ]", "[1]") + "[limits]\ncpus = 4096\n");
  REQUIRE(desk.Call("run s.toml --seeds 1 -j 2").exit_code == 1);
  std::ofstream(desk.folder() / "mended");
  const Output again = desk.Call("rerun " + desk.Query("SELECT id FROM runs"));
  INFO(again.err);
  CHECK(again.exit_code == 0);
}

TEST_CASE("a foreign run is run again from elsewhere than its files, with its threads", "[rerun]") {
  const Desk desk("");
  std::filesystem::create_directory(desk.folder() / "sub");
  std::ofstream(desk.folder() / "sub/fit.sh") << "echo $1 >>threads; [ -e mended ]\n";
  std::ofstream(desk.folder() / "sub/s.toml")
      << "spec = 1\nname = \"apart\"\n[worker]\nfiles = [\"fit.sh\"]\n"
         "command = [\"sh\", \"sub/fit.sh\", \"{threads}\"]\n";
  REQUIRE(desk.Call("run sub/s.toml --threads-per-run 2").exit_code == 1);
  const std::string id = desk.Query("SELECT id FROM runs");
  std::ofstream(desk.folder() / "mended");
  const Output again = desk.Call("rerun " + id);
  INFO(again.err);
  CHECK(again.exit_code == 0);
  CHECK(ReadFile(desk.folder() / "threads").value() == "2\n2\n");
}

TEST_CASE("threads that are no number do not stop a rerun", "[rerun]") {
  const Desk desk(ShellSpec(
      R"(echo '{{"event":"config","parameters":{{}},"provenance":{{"threads":"4"}}}}' >&3; )"
      "[ -e mended ]",
      "[1]"));
  REQUIRE(desk.Call("run s.toml --seeds 1").exit_code == 1);
  std::ofstream(desk.folder() / "mended");
  CHECK(desk.Call("rerun " + desk.Query("SELECT id FROM runs")).exit_code == 0);
}

TEST_CASE("a foreign run has nothing to verify, whatever others declare of its metric", "[rerun]") {
  VerifiableDesk desk;
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  desk.WriteSpec(ShellSpec("sweepformer emit acc=1", "[1]"));
  REQUIRE(desk.Call("run s.toml --seeds 1").exit_code == 0);
  const std::string id = desk.Query("SELECT id FROM runs WHERE sweep = 'toy'");
  const Output verify = desk.Call("rerun " + id + " --verify");
  CHECK(verify.exit_code == 2);
  CHECK_THAT(verify.err, Catch::Contains("declares none of its metrics reproducible"));
}

TEST_CASE("what cannot be carried out again is refused and says why", "[rerun]") {
  const VerifiableDesk desk;
  std::ofstream(desk.folder() / "broken");
  REQUIRE(desk.Call("run s.toml").exit_code == 1);
  const std::string id = desk.Query("SELECT id FROM runs");
  const std::string start = id.substr(0, 8);
  const auto refusal = [&](const std::string& arguments) {
    const Output output = desk.Call(arguments);
    CHECK(output.exit_code == 2);
    return output.err;
  };
  CHECK(refusal("rerun " + id + " --verify") ==
        "sweepformer: run " + start + " is failed, so there is no result to compare with; " +
            "`sweepformer rerun " + start + "` runs it\n");
  std::filesystem::remove(desk.folder() / "broken");
  REQUIRE(desk.Call("rerun " + id).exit_code == 0);
  CHECK_THAT(refusal("rerun " + id), Catch::Contains("has succeeded and its result stays"));
  CHECK(desk.Call("rerun ffff --verify").exit_code == 4);
  CHECK(desk.Call("rerun " + id + " --store none.db").exit_code == 4);
}

TEST_CASE("a run that fails when it is carried out again is not a verification", "[rerun]") {
  const VerifiableDesk desk;
  REQUIRE(desk.Call("run s.toml").exit_code == 0);
  const std::string id = desk.Query("SELECT id FROM runs");
  std::ofstream(desk.folder() / "broken");
  const Output output = desk.Call("rerun " + id + " --verify");
  CHECK(output.exit_code == 1);
  CHECK_THAT(output.err, Catch::Contains("could not be carried out again: "));
  CHECK(desk.Query("SELECT count(*) FROM verifications") == "0");
  CHECK(desk.Query("SELECT state FROM runs") == "succeeded");
}
