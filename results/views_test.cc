#include "results/views.h"

#include <catch2/catch.hpp>
#include <limits>

#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;
using Strings = std::vector<std::string>;

namespace {

SweepMember Full(std::int64_t seed) { return Member({{"attention", std::string("full")}}, seed); }

struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  Fixture() { REQUIRE(store.RegisterRuns(SweepOf({Full(1), Full(2), Full(3)})).ok()); }

  Strings Query(const std::string& sql) { return Rows(store.connection(), sql); }
  std::string Columns(const std::string& view) {
    return ColumnNames(store.connection(), "SELECT * FROM " + view);
  }
};

}  // namespace

TEST_CASE("the views have the columns of the contract in its order", "[views]") {
  Fixture f;
  CHECK(f.Columns("runs") == "sweep id cell seed state label in_plan reused attention accuracy");
  CHECK(f.Columns("cells") == "sweep cell attention runs accuracy_n accuracy_mean accuracy_sd");
  CHECK(f.Columns("attempts") ==
        "run number kind host pid started_ms ended_ms outcome exit_code signal cpu_seconds "
        "peak_rss_bytes peak_rss_method run_delay_share peak_cgroup_bytes error note counts "
        "executor external_id boot_id process_start lease_until_ms resources_json provenance_json "
        "log_path");
  CHECK(f.Columns("history") == "run attempt metric split step value is_nan");
}

TEST_CASE("a metric met for the first time gets its columns", "[views]") {
  Fixture f;
  Succeed(f.store, Full(1), {{"accuracy", 0.5}, {"Steps", 12}});
  CHECK(f.Columns("runs") ==
        "sweep id cell seed state label in_plan reused attention accuracy Steps");
  CHECK(f.Query("SELECT seed, steps FROM runs ORDER BY seed") == Strings{"1|12", "2|", "3|"});
}

TEST_CASE("names differ by more than case or share a column", "[views]") {
  Fixture f;
  Registration again = SweepOf({Member({{"ATTENTION", std::string("none")}}, 1)});
  again.parameters = {"Attention"};
  again.metrics = {Metric("ACCURACY", "share")};
  REQUIRE(f.store.RegisterRuns(again).ok());
  CHECK(f.Columns("cells") == "sweep cell attention runs accuracy_n accuracy_mean accuracy_sd");
  CHECK(f.Query("SELECT DISTINCT attention FROM runs ORDER BY 1") == Strings{"full", "none"});
}

TEST_CASE("names that the views need for something else are refused", "[views]") {
  Fixture f;
  const auto refusal = [&](const char* parameter, const char* metric) {
    Registration registration = SweepOf({Full(1)});
    registration.parameters = {parameter};
    registration.metrics = {Metric(metric)};
    const Status status = f.store.RegisterRuns(registration);
    CHECK(status.code() == Code::kInvalidArgument);
    return status.message();
  };
  CHECK(refusal("lr", "Seed").find("'Seed' cannot name a metric") != std::string::npos);
  CHECK(refusal("Runs", "f1").find("'Runs' cannot name a parameter") != std::string::npos);
  CHECK(refusal("accuracy", "f1").find("the metric 'accuracy'") != std::string::npos);
  CHECK(refusal("accuracy_mean", "f1").find("the metric 'accuracy'") != std::string::npos);
  CHECK(refusal("lr", "attention").find("the parameter 'attention'") != std::string::npos);
  CHECK(f.Columns("cells") == "sweep cell attention runs accuracy_n accuracy_mean accuracy_sd");
}

TEST_CASE("a worker's metric that can have no column is noted and does not stop the run",
          "[views]") {
  Fixture f;
  Succeed(f.store, Full(1), {{"accuracy", 0.5}, {"attention", 3.0}, {"state", 1.0}});
  CHECK(f.Query("SELECT accuracy, attention, state FROM runs WHERE seed = 1") ==
        Strings{"0.5|full|succeeded"});
  const std::string note = f.Query("SELECT note FROM attempts")[0];
  CHECK(note.find("'attention'") != std::string::npos);
  CHECK(note.find("'state'") != std::string::npos);
}

TEST_CASE("one run cannot take all columns of a store, and the next of its kind none more",
          "[views]") {
  Fixture f;
  std::map<std::string, double, NameLess> many;
  for (int i = 0; i < 3000; ++i) many["m" + std::to_string(10'000 + i)] = i;
  const std::string before = f.Query("SELECT count(*) FROM metric")[0];
  for (const std::int64_t seed : {1, 2}) Succeed(f.store, Full(seed), many);
  CHECK(f.Query("SELECT count(*) FROM metric")[0] == std::to_string(std::stoi(before) + 50));
  CHECK(f.Query("SELECT m10000, m10049 FROM runs WHERE seed = 2") == Strings{"0|49"});
  const std::string note = f.Query("SELECT note FROM attempts")[0];
  CHECK(note.find("no column for the metric 'm10050': one run brings 50 at most") !=
        std::string::npos);
  CHECK(note.find("; 2947 more metrics have no column") != std::string::npos);
  many.clear();
  many["accuracy"] = 0.5;
  many["f1"] = 0.25;
  Succeed(f.store, Full(3), many);
  CHECK(f.Query("SELECT accuracy, f1 FROM runs WHERE seed = 3") == Strings{"0.5|0.25"});
}

TEST_CASE("cells hold n, mean and sample deviation over the plan's succeeded runs", "[views]") {
  Fixture f;
  const std::string sql = "SELECT runs, accuracy_n, accuracy_mean, accuracy_sd FROM cells";
  CHECK(f.Query(sql) == Strings{"3|0||"});
  Succeed(f.store, Full(1), {{"accuracy", 1.0}});
  CHECK(f.Query(sql) == Strings{"3|1|1|"});
  Succeed(f.store, Full(2), {{"accuracy", 2.0}});
  Succeed(f.store, Full(3), {{"accuracy", 6.0}});
  CHECK(f.Query("SELECT accuracy_n, accuracy_mean, round(accuracy_sd * accuracy_sd, 12) "
                "FROM cells") == Strings{"3|3|7"});
  REQUIRE(f.store.RegisterRuns(SweepOf({Full(1)})).ok());
  CHECK(f.Query(sql) == Strings{"1|1|1|"});
}

TEST_CASE("equal values have no spread, however large, and small ones beside large are kept",
          "[views]") {
  Fixture f;
  for (const int seed : {1, 2, 3}) {
    Succeed(f.store, Full(seed), {{"accuracy", 0.1}, {"big", 1e15 + 0.3}, {"near", 1e9 + seed}});
  }
  CHECK(f.Query("SELECT accuracy_mean = 0.1, accuracy_sd, big_sd FROM cells") == Strings{"1|0|0"});
  CHECK(f.Query("SELECT near_mean, near_sd FROM cells") == Strings{"1000000002|1"});
}

TEST_CASE("an infinite value makes an infinite mean and no deviation", "[views]") {
  Fixture f;
  const double infinity = std::numeric_limits<double>::infinity();
  Succeed(f.store, Full(1), {{"up", infinity}, {"down", -infinity}, {"all", infinity}});
  Succeed(f.store, Full(2), {{"up", 1.0}, {"down", 1.0}, {"all", infinity}});
  CHECK(f.Query("SELECT up_n, up_mean, up_sd, down_mean, down_sd, all_mean FROM cells") ==
        Strings{"2|Infinity||-Infinity||Infinity"});
}

TEST_CASE("figures of probes are their cell's, and no replicates of its runs", "[views][probe]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  std::vector<SweepMember> members;
  for (const std::int64_t seed : {1, 2}) {
    members.push_back(Member({{"attention", std::string("full")}}, seed));
  }
  RunContent content = members[0].config.content();
  content.kind = RunKind::kProbe;
  for (const std::int64_t round : {1, 2, 3}) {
    content.seed = round;
    members.push_back({RunConfig(content), ""});
  }
  Registration registration = SweepOf(members);
  registration.metrics.push_back(Metric("probe_speed", "", false));
  REQUIRE(store.RegisterRuns(registration).ok());
  Succeed(store, members[0], {{"accuracy", 0.5}});
  for (int i = 2; i < 5; ++i) Succeed(store, members[i], {{"probe_speed", 100.0 + i}});
  CHECK(Rows(store.connection(),
             "SELECT runs, accuracy_n, probe_speed_n, probe_speed_mean, "
             "probe_speed_sd FROM cells") == std::vector<std::string>{"2|1|3|103|1"});
  CHECK(Rows(store.connection(), "SELECT count(*) FROM runs") == std::vector<std::string>{"2"});
  CHECK(ColumnNames(store.connection(), "SELECT * FROM runs").find("probe_") == std::string::npos);
}

TEST_CASE("a probe stays its cell's though the cell gets a parent", "[views][probe]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  RunContent training = Member({{"attention", std::string("full")}}, 1).config.content();
  const auto members = [&] {
    RunContent probe = training;
    probe.kind = RunKind::kProbe;
    probe.parent = "";
    return std::vector<SweepMember>{{RunConfig(training), ""}, {RunConfig(probe), ""}};
  };
  Registration registration = SweepOf(members());
  registration.metrics.push_back(Metric("probe_speed", "", false));
  REQUIRE(store.RegisterRuns(registration).ok());
  Succeed(store, registration.runs[1], {{"probe_speed", 102.0}});
  training.parent = "a run";
  training.parent_cell = "its cell";
  registration.runs = members();
  for (int launch = 0; launch < 2; ++launch) {
    REQUIRE(store.RegisterRuns(registration).ok());
    CHECK(Rows(store.connection(), "SELECT runs, probe_speed_n, probe_speed_mean FROM cells") ==
          std::vector<std::string>{"1|1|102"});
    CHECK(Rows(store.connection(),
               "SELECT kind, state, runs FROM tally WHERE in_plan AND runs > 0 "
               "ORDER BY kind") ==
          std::vector<std::string>{"probe|succeeded|1", "train|pending|1"});
    CHECK(Rows(store.connection(), "SELECT cells FROM planned_cells") ==
          std::vector<std::string>{"1"});
  }
}

TEST_CASE("a cell without probes has none, not nothing", "[views][probe]") {
  const TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();
  const SweepMember member = Member({{"attention", std::string("full")}}, 1);
  Registration registration = SweepOf({member});
  registration.metrics.push_back(Metric("probe_speed", "", false));
  REQUIRE(store.RegisterRuns(registration).ok());
  Succeed(store, member, {{"accuracy", 0.5}});
  CHECK(Rows(store.connection(), "SELECT accuracy_n, probe_speed_n, probe_speed_mean FROM cells") ==
        std::vector<std::string>{"1|0|"});
}
