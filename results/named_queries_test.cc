#include "results/named_queries.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "results/testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// Two sweeps: `demo` with a goal, in which `attention` varies and `width` does not, and `later`.
struct Fixture {
  TempFolder folder;
  ResultStore store = ResultStore::Open(folder / "s.db").value();

  Fixture() {
    Registration demo = SweepOf({Run("full", 1), Run("full", 2), Run("none", 1)});
    demo.maximize = {"accuracy"};
    REQUIRE(store.RegisterRuns(demo).ok());
    Succeed(store, Run("full", 1), {{"accuracy", 0.9}});
    Succeed(store, Run("none", 1), {{"accuracy", 0.5}});
    REQUIRE(Execute("UPDATE sweep SET last_launched_ms = 1"));
    Registration later = SweepOf({Run("full", 7)});
    later.sweep = "later";
    REQUIRE(store.RegisterRuns(later).ok());
  }

  static SweepMember Run(const std::string& attention, std::int64_t seed) {
    return Member({{"attention", attention}, {"width", std::int64_t{8}}}, seed);
  }
  bool Execute(const std::string& sql) {
    return const_cast<Connection&>(store.connection()).Execute(sql).ok();
  }
  Result<Query> Fill(const std::string& text, const std::map<std::string, std::string>& given) {
    return FillIn(store.connection(), ParseNamedQuery("q", text).value(), given);
  }
  std::string Problem(const std::string& text, const std::map<std::string, std::string>& given) {
    return Fill(text, given).status().message();
  }
};

const std::string kSweep = "-- Q?\n-- :sweep  the sweep\n";
const std::string kMetric = kSweep + "-- :metric  the metric\n";

}  // namespace

TEST_CASE("the head of a named query is its question and its parameters", "[named]") {
  const NamedQuery query =
      ParseNamedQuery("q", "-- What?\n-- :a  one = two\n-- :b = 1 2  three\nSELECT :a\n").value();
  CHECK(query.about == "What?");
  REQUIRE(query.parameters.size() == 2);
  CHECK(query.parameters[0].name == "a");
  CHECK(query.parameters[0].about == "one = two");
  CHECK_FALSE(query.parameters[0].default_text);
  CHECK(query.parameters[1].name == "b");
  CHECK(query.parameters[1].default_text == "1 2");
  CHECK(query.sql == "SELECT :a\n");
}

TEST_CASE("a head that is not one is refused", "[named]") {
  CHECK(ParseNamedQuery("q", "SELECT 1").status().message() ==
        "q: begins with '-- ' and the question it answers");
  CHECK(ParseNamedQuery("q", "-- What?\n-- :a\nSELECT 1").status().message() ==
        "q: ':a' is not ':NAME  WHAT IT IS'");
}

TEST_CASE("every shipped query asks a question, explains its parameters and runs", "[named]") {
  const std::map<std::string, std::string> values = {{"sweep", "demo"},
                                                     {"metric", "accuracy"},
                                                     {"parameter", "width"},
                                                     {"baseline", "00"},
                                                     {"curve", "loss"}};
  Fixture f;
  CHECK(NamedQueries().size() >= 12);
  for (const NamedQuery& named : NamedQueries()) {
    INFO(named.name);
    CHECK((named.about.find('?') != std::string::npos));
    std::map<std::string, std::string> given;
    for (const QueryParameter& parameter : named.parameters) {
      if (!parameter.default_text) given[parameter.name] = values.at(parameter.name);
    }
    std::ostringstream out;
    const Result<Query> query = FillIn(f.store.connection(), named, given);
    REQUIRE(query.status().message() == "");
    const auto writer = MakeRowWriter(TableFormat::kCsv, out);
    CHECK(RunQuery(f.store.connection(), *query, *writer).message() == "");
  }
}

TEST_CASE("a named query's columns are written out with their names and prefixes", "[named]") {
  Fixture f;
  const Query query =
      f.Fill(kMetric + "SELECT r.\"<varying>\", \"<metric>_mean\", \":metric\" WHERE :sweep",
             {{"sweep", "demo"}, {"metric", "ACCURACY"}})
          .value();
  CHECK(query.sql == "SELECT r.\"attention\", \"accuracy_mean\", \":metric\" WHERE :sweep");
  CHECK(FormatValue(query.parameters.at("sweep")) == "demo");
}

TEST_CASE("what probes measure is no column of runs, but one of cells", "[named]") {
  Fixture f;
  Registration demo = SweepOf({Fixture::Run("full", 1)});
  demo.metrics.push_back(Metric("probe_speed"));
  REQUIRE(f.store.RegisterRuns(demo).ok());
  const std::map<std::string, std::string> given = {{"sweep", "demo"}, {"metric", "probe_speed"}};
  CHECK(f.Problem(kMetric + "SELECT r.\"<metric>\" FROM runs r", given) ==
        "--param metric=probe_speed: this query is of runs, and probes measure it; see it with: "
        "sweepformer compare demo --metric probe_speed");
  CHECK(f.Problem(kMetric + "SELECT \"<metric>_mean\" FROM cells", given) == "");
}

TEST_CASE("the sweeps that a store holds are told with their runs, not with their probes",
          "[named]") {
  Fixture f;
  REQUIRE(f.Execute("UPDATE run SET kind = 'probe' WHERE seed = 2"));
  const std::string sweeps = FindNamedQuery("sweeps").value().sql;
  CHECK(Rows(f.store.connection(), "SELECT runs FROM (" + sweeps + ") WHERE sweep = 'demo'") ==
        std::vector<std::string>{"2"});
}

TEST_CASE("where nothing varies, the cell stands for what does", "[named]") {
  Fixture f;
  CHECK(f.Fill(kSweep + "SELECT r.\"<varying>\"", {}).value().sql == "SELECT r.\"cell\"");
}

TEST_CASE("a parameter that some cells lack is a column where it alone tells cells apart",
          "[named]") {
  Fixture f;
  const Value full = std::string("full"), linformer = std::string("linformer");
  Registration points =
      SweepOf({Member({{"attention", full}}, 1),
               Member({{"attention", full}, {"rows", std::int64_t{9}}}, 1),
               Member({{"attention", linformer}, {"compression", std::int64_t{4}}}, 1)});
  points.sweep = "points";
  REQUIRE(f.store.RegisterRuns(points).ok());
  CHECK(f.Fill(kSweep + "SELECT \"<varying>\"", {{"sweep", "points"}}).value().sql ==
        "SELECT \"attention\", \"rows\"");
}

TEST_CASE("a sweep is by default the last launched, a metric its first goal", "[named]") {
  Fixture f;
  CHECK(FormatValue(f.Fill(kSweep + "SELECT :sweep", {}).value().parameters.at("sweep")) ==
        "later");
  const Query query = f.Fill(kMetric + "SELECT :metric", {{"sweep", "demo"}}).value();
  CHECK(FormatValue(query.parameters.at("metric")) == "accuracy");
  CHECK(query.parameters.size() == 1);
}

TEST_CASE("what a named query is given is of its type", "[named]") {
  Fixture f;
  const std::string text = "-- Q?\n-- :run  an id\n-- :most = 10  how many\nSELECT :run, :most";
  const Query query = f.Fill(text, {{"run", "12e4"}}).value();
  CHECK(query.parameters.at("run") == Value(std::string("12e4")));
  CHECK(query.parameters.at("most") == Value(std::int64_t{10}));
  CHECK(f.Problem(text, {{"run", "1"}, {"most", "all"}}) ==
        "--param most=all: a number is expected: how many");
  CHECK(f.Problem(text, {}) == "--param run=VALUE is missing: an id");
}

TEST_CASE("a named query says which value is wrong and what to type", "[named]") {
  Fixture f;
  CHECK(f.Problem(kSweep, {{"swep", "x"}}) ==
        "--param swep: the query q has no such parameter, did you mean 'sweep'?");
  CHECK(f.Problem(kSweep, {{"sweep", "dem"}}).find("did you mean 'demo'?") != std::string::npos);
  CHECK(f.Problem(kMetric, {{"sweep", "demo"}, {"metric", "acuracy"}}) ==
        "--param metric=acuracy: no such metric, did you mean 'accuracy'?");
  CHECK(f.Problem(kMetric, {}) ==
        "which metric? the spec of later has no [goal] that a run has reported; give --param "
        "metric=M with one of accuracy");
  CHECK(f.Problem("-- Q?\n-- :parameter  p\nSELECT 1", {{"parameter", "x"}}) ==
        "--param parameter=x: no such parameter; it is one of attention or width");
  CHECK(FindNamedQuery("best-cell").status().message() ==
        "no query is named 'best-cell', did you mean 'best-cells'?");
}

TEST_CASE("a filled-in query says what its parameters are", "[named]") {
  Fixture f;
  CHECK(QueryText({"SELECT 1\n", {{"a", std::string("it's")}, {"b", 0.5}}}) ==
        "-- :a is 'it''s'\n-- :b is 0.5\nSELECT 1\n");
}

TEST_CASE("a filled-in query has its values outside of quotes and comments", "[named]") {
  CHECK(QueryText({"SELECT :a, 1-$n, @r, \":a\", ':a''', [:a] -- :a\n/* :n */ WHERE :ab LIMIT:n",
                   {{"a", std::string("it's\n")}, {"n", std::int64_t{-2}}, {"r", 1000.0}}}) ==
        "-- :a is 'it''s\\n'\n-- :n is -2\n-- :r is 1000.0\n"
        "SELECT 'it''s\n', 1- -2, 1000.0, \":a\", ':a''', [:a] -- :a\n"
        "/* :n */ WHERE :ab LIMIT -2");
}
