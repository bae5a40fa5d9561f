// Probes as users meet them: planned, carried out after the runs and one at a time, compared.
#include <sstream>

#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// A worker that speaks the protocol: a training reports y, a probe its speed. The first attempt of
/// each first probe has waited for a CPU. Begin and end of each run are written to `order`.
constexpr const char* kWorker = R"sh(read -r request
field() { printf '%s' "$request" | sed "s/.*\"$1\":\"\{0,1\}\([^,\"}]*\).*/\1/"; }
parameters=$(printf '%s' "$request" | sed 's/.*"parameters":\({[^}]*}\).*/\1/')
kind=$(field kind) seed=$(field seed)
say() { printf '{"event":"%s"%s}\n' "$1" "$2" >&3; }
figure() { say metric ",\"name\":\"$1\",\"value\":$2"; }
echo "+$kind" >>order
say hello ',"protocol":1,"worker":"toy","version":"1"'
say config ",\"parameters\":$parameters,\"seed\":$seed"
sleep 0.05
if [ $kind = probe ]; then
  figure probe_speed $(( $(field rows) * 10 + seed ))
  figure probe_warmup $(field warmup_steps)
  delay=0; [ $seed = 1 ] && [ $(field attempt) = 1 ] && delay=0.5
  figure probe_run_delay_share $delay
else
  figure y $seed
fi
echo "-$kind" >>order
say done
)sh";

Desk ProbeDesk(const std::string& measure = "[measure]\nrepeats = 3\nwarmup_steps = 7\n") {
  return Desk(
      "spec = 1\nname = \"toy\"\n[base]\ndataset = \"synthetic-reviews\"\n[axes]\nrows = "
      "[50, 60]\n[repeat]\nseeds = [1, 2]\n" +
      measure);
}

/// Of a worker that declares these metrics.
WorkerDescription Declaring(const std::vector<std::string>& names) {
  WorkerDescription description = ToyDescription();
  for (const std::string& name : names) {
    MetricSpec metric;
    metric.name = name;
    description.metrics.push_back(std::move(metric));
  }
  return description;
}

const std::vector<std::string> kMetrics = {"y", "probe_speed", "probe_warmup",
                                           "probe_run_delay_share", "probe_disturbed"};

}  // namespace

TEST_CASE("probes come after the runs, one at a time, and each disturbed one again", "[probe]") {
  Desk desk = ProbeDesk();
  UseWorker(desk, kWorker, Declaring(kMetrics));
  CHECK_THAT(desk.Call("plan s.toml").out,
             Catch::Contains("6 = 2 cells × 3 repeats, of speed, after the runs, one at a time"));
  const Output run = desk.Call("run s.toml -j 2");
  INFO(run.err);
  CHECK(run.exit_code == 0);
  CHECK_THAT(run.err, Catch::Contains("disturbed: it waited for a CPU for 50.0 % of its time; will "
                                      "be measured again"));
  std::istringstream order(ReadFile(desk.folder() / "order").value());
  std::string word, expected = "+probe";
  for (int trainings = 0; trainings < 8 && order >> word; ++trainings)
    CHECK(word.ends_with("train"));
  int probes = 0;
  for (; order >> word; expected = expected == "+probe" ? "-probe" : "+probe") {
    CHECK(word == expected);
    probes += word == "+probe";
  }
  CHECK(probes == 8);  // two of them again
  CHECK(desk.Query("SELECT count(*), count(DISTINCT run) FROM attempts WHERE kind = 'probe'") ==
        "8,6");
  CHECK(desk.Query(
            "SELECT count(*) FROM attempts WHERE note LIKE 'disturbed: %; measured again'") == "2");
}

TEST_CASE("what probes found is their cell's, with as many as there were repeats", "[probe]") {
  Desk desk = ProbeDesk();
  UseWorker(desk, kWorker, Declaring(kMetrics));
  REQUIRE(desk.Call("run s.toml -j 2").exit_code == 0);
  CHECK(desk.Query("SELECT rows, runs, y_n, probe_speed_n, probe_speed_mean, probe_speed_sd, "
                   "probe_warmup_mean, probe_disturbed_mean FROM cells ORDER BY rows") ==
        "50,2,2,3,502,1,7,0\n60,2,2,3,602,1,7,0");
  CHECK(desk.Query("SELECT count(*) FROM runs") == "4");
  CHECK_THAT(desk.Call("status").out, Catch::Contains("10 (6 of them probes) in 2 cells"));
  const std::string compared = desk.Call("compare toy --metric probe_speed").out;
  CHECK_THAT(compared,
             Catch::Contains("probe_speed: measured by probes, so that n is the number of "
                             "repeats of a cell, not of seeds"));
  CHECK_THAT(compared, Catch::Contains("502"));
  CHECK_THAT(desk.Call("compare toy --metric probe_speed --baseline 'rows = 50'").out,
             Catch::Contains("differences between probes of the same round") &&
                 Catch::Contains("with 3 repeats the exact sign-flip test"));
  const std::string both =
      desk.Call("compare toy --metric y,probe_speed --baseline 'rows = 50' --format json").out;
  CHECK_THAT(both, Catch::Contains("\"n\": 3") && Catch::Contains("\"n\": 2") &&
                       Catch::Contains("\"runs\": 2"));
  const std::string probe =
      desk.Query("SELECT min(run) FROM attempts WHERE kind = 'probe' AND number = 2");
  CHECK_THAT(desk.Call("show " + probe).out, Catch::Contains("probe"));
  CHECK_THAT(desk.Call("why " + probe).out, Catch::Contains("disturbed"));
}

TEST_CASE("more repeats run what is new only; another warm-up measures anew", "[probe]") {
  Desk desk = ProbeDesk();
  UseWorker(desk, kWorker, Declaring(kMetrics));
  REQUIRE(desk.Call("run s.toml -j 2").exit_code == 0);
  const auto to_run = [&](const std::string& measure) {
    const std::string spec = ReadFile(desk.folder() / "s.toml").value();
    desk.WriteSpec(spec.substr(0, spec.find("[measure]")) + measure);
    return desk.Call("plan s.toml").out;
  };
  CHECK_THAT(to_run("[measure]\nrepeats = 4\nwarmup_steps = 7\n"), Catch::Contains("; 2 to run"));
  CHECK_THAT(to_run("[measure]\nrepeats = 3\nwarmup_steps = 8\n"), Catch::Contains("; 6 to run"));
  CHECK_THAT(to_run(""), Catch::Contains("; 0 to run"));
}

TEST_CASE("a worker that carries out no probes is asked for none, and plan says so", "[probe]") {
  Desk desk = ProbeDesk();
  UseWorker(desk, kWorker, Declaring({"y"}));
  CHECK_THAT(desk.Call("plan s.toml").out, Catch::Contains("carries out no probes"));
  CHECK(desk.Call("run s.toml -j 2").exit_code == 0);
  CHECK(desk.Query("SELECT count(*) FROM attempts") == "4");
}
