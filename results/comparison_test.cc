#include "results/comparison.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "orchestrator/core/golden.h"
#include "results/answer_section.h"
#include "results/comparison_testing.h"
#include "results/run_record.h"

using namespace sweepformer;
using namespace sweepformer::testing;
using Strings = std::vector<std::string>;

namespace {

void CheckForm(const std::string& text, const std::string& file) {
  CheckGolden(std::filesystem::path(SWEEPFORMER_SOURCE_DIR) / "results/testdata/compare" / file,
              text);
}

bool Warns(const Result<Comparison>& comparison, const std::string& words) {
  for (const Warning& warning : comparison->warnings) {
    if (warning.Text().find(words) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a comparison is a table with its spread, differences and what they allow to say",
          "[compare][golden]") {
  Demo f;
  CheckForm(f.Text({.metrics = {"accuracy", "peak_tensor_bytes", "train_samples_per_second"},
                    .baseline = "attention = 'full'"}),
            "differences.txt");
}

TEST_CASE("without --by and --metric what varies and the goals are compared", "[compare][golden]") {
  Demo f;
  CheckForm(f.Text({}), "defaults.txt");
}

TEST_CASE("the forms for scripts and documents are exact", "[compare][golden]") {
  Demo f;
  ComparisonRequest request{
      .by = {"attention"}, .metrics = {"accuracy"}, .baseline = "attention = 'full'"};
  CheckForm(f.Text(request, TableFormat::kCsv), "attention.csv");
  CheckForm(f.Text(request, TableFormat::kJson), "attention.json");
  CheckForm(f.Text(request, TableFormat::kMarkdown), "attention.md");
  CheckForm(f.Text(request, TableFormat::kLatex), "attention.tex");
}

TEST_CASE("all that can be asked beside the rows is exact", "[compare][golden]") {
  Demo f;
  const ComparisonRequest request{.sweep = "demo",
                                  .metrics = {"accuracy", "train_samples_per_second"}};
  Answer answer;
  answer.comparison = f.Ask(request).value();
  answer.comparison.metrics[1].goal = Goal::kMaximize;
  answer.front = ParetoFrontOf(answer.comparison).value();
  answer.best = FindBest(answer.comparison, {"accuracy", {}}).value();
  answer.effects = EffectsOf(f.store.connection(), request).value();
  answer.plot = true;
  CheckForm(RenderAnswer(answer, TableFormat::kTable), "everything.txt");
  CheckForm(RenderAnswer(answer, TableFormat::kJson), "everything.json");
  CheckForm(RenderAnswer(answer, TableFormat::kCsv), "effects.csv");
  answer.effects.reset();
  CheckForm(RenderAnswer(answer, TableFormat::kCsv), "best.csv");
}

TEST_CASE("a difference that is small beside the spread of the seeds is shown", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 1),
          Run("none", {}, 2), Run("none", {}, 3)});
  SucceedAll(f, {.6, .7, .8, .6004, .7005, .8003});
  const std::string text = f.Text({.baseline = "attention = 'full'"});
  INFO(text);
  CHECK(text.find("+0.00040 [+0.00015, +0.00065]") != std::string::npos);
}

TEST_CASE("accuracies that are equally far apart are told by an exact test", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("none", {}, 1), Run("none", {}, 2)});
  SucceedAll(f, {.80, .82, .81, .83});
  const std::string text = f.Text({.baseline = "attention = 'full'"});
  INFO(text);
  CHECK(text.find("0.50  not distinguishable") != std::string::npos);
  CHECK(text.find("p: paired t-test, an exact test where the difference does not vary") !=
        std::string::npos);
  CHECK(text.find("p rests on that assumption") == std::string::npos);
}

TEST_CASE("a p above 0.05 does not look like 0.05", "[compare]") {
  CHECK(ProbabilityText(0.05006) == "0.0501");
  CHECK(ProbabilityText(0.05049) == "0.0505");
  CHECK(ProbabilityText(0.0500001) == "0.0501");
  CHECK(ProbabilityText(0.05) == "0.050");
  CHECK(ProbabilityText(0.0499) == "0.050");
  CHECK(ProbabilityText(0.0506) == "0.051");
  CHECK(ProbabilityText(0.23) == "0.23");
}

TEST_CASE("what only rounding makes is no spread to tell of", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 1),
          Run("none", {}, 2), Run("none", {}, 3)});
  SucceedAll(f, {.6, .7, .8, .6 + .1, .7 + .1, .8 + .1});
  const std::string text = f.Text({.baseline = "attention = 'full'"});
  INFO(text);
  CHECK(text.find("or more 4 times out of 5") == std::string::npos);
}

TEST_CASE("the differences that are adjusted for are those that have a p", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("none", {}, 1), Run("none", {}, 2),
          Run("fnet", {}, 1), Run("fnet", {}, 2), Run("lstm", {}, 1)});
  SucceedAll(f, {.6, .7, .5, .7, .4, .6, .3});
  const std::string text = f.Text({.baseline = "attention = 'full'"});
  INFO(text);
  CHECK(text.find("adjusted (Holm) for the 2 differences") != std::string::npos);
}

TEST_CASE("figures that are wider than the plot can be plotted", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("none", {}, 1)});
  SucceedAll(f, {1e60, 2e60});
  Answer answer;
  answer.comparison = f.Ask({}).value();
  answer.plot = true;
  CHECK(RenderAnswer(answer, TableFormat::kTable).find("2e+60\n") != std::string::npos);
}

TEST_CASE("a row that pools cells says which parameters vary inside", "[compare]") {
  Demo f;
  const auto pooled = f.Ask({.by = {"attention"}});
  CHECK(Warns(pooled, "1 row takes several cells together, inside which 'compression' varies"));
  CHECK(Warns(pooled, "add compression to --by"));
  CHECK(pooled->groups[1].cells == 2);
  CHECK(pooled->groups[1].figures[0].spread.n == 6);
  CHECK_FALSE(Warns(f.Ask({}), "several cells"));
}

TEST_CASE("a parameter that some cells merely lack is no column unless it tells cells apart",
          "[compare]") {
  Fixture f;
  f.Plan({Run("full", 4, 1), Run("none", {}, 1)});
  CHECK(f.Ask({})->by == Strings{"attention"});
  const auto pooled = f.Ask({.by = {"input"}});
  CHECK(Warns(pooled, "1 row takes several cells together, inside which 'attention' varies"));
  f.Plan({Run("full", 4, 1), Run("full", {}, 1), Run("none", {}, 1)});
  CHECK(f.Ask({})->by == Strings{"attention", "compression"});
  CHECK(Warns(f.Ask({.by = {"attention"}}), "inside which 'compression' varies"));
}

TEST_CASE("a goal that no run has reported is left out and said", "[compare]") {
  Fixture f;
  f.runs = {Run("full", {}, 1)};
  Registration registration = f.Demo();
  registration.maximize = {"accuracy", "f1"};
  REQUIRE(f.store.RegisterRuns(registration).ok());
  const auto comparison = f.Ask({});
  REQUIRE(comparison.ok());
  CHECK(comparison->metrics.size() == 1);
  CHECK(Warns(comparison, "no run has reported f1"));
  CHECK_FALSE(Warns(f.Ask({.metrics = {"accuracy"}}), "f1"));
  registration.maximize = {"f1"};
  REQUIRE(f.store.RegisterRuns(registration).ok());
  CHECK(f.Error({}) ==
        "sweep 'demo': no run has reported a final metric yet; compare it when one has");
  Succeed(f.store, f.runs[0],
          {{"accuracy", 0.5}, {"peak_tensor_bytes", std::numeric_limits<double>::quiet_NaN()}});
  CHECK(f.Error({}) ==
        "sweep 'demo' has no run that reports 'f1', so name what to compare with --metric: "
        "accuracy or peak_tensor_bytes");
}

TEST_CASE("what no run has reported yet cannot be compared, and that is said", "[compare]") {
  Fixture f;
  f.runs = {Run("full", {}, 1)};
  Registration registration = f.Demo();
  registration.metrics.clear();
  REQUIRE(f.store.RegisterRuns(registration).ok());
  CHECK(f.Error({}) ==
        "sweep 'demo': no run has reported a final metric yet; compare it when one has");
  CHECK(f.Error({.metrics = {"accuracy"}}) ==
        "--metric: unknown metric 'accuracy'; the store has no metric yet");
}

TEST_CASE("of hundreds of metrics the first few are named and how to list all", "[compare]") {
  Fixture f;
  f.runs = {Run("full", {}, 1)};
  Registration registration = f.Demo();
  registration.metrics.clear();
  for (int i = 100; i < 300; ++i)
    registration.metrics.emplace_back().name = "m" + std::to_string(i);
  REQUIRE(f.store.RegisterRuns(registration).ok());
  CHECK(f.Error({.metrics = {"accuracy"}}) ==
        "--metric: unknown metric 'accuracy'; there are 200, among them 'm100', 'm101', 'm102', "
        "'m103', 'm104', 'm105', 'm106', 'm107', 'm108' and 'm109'; `sweepformer query \"SELECT "
        "name FROM metric\"` lists all");
}

TEST_CASE("a metric asked for twice is one column", "[compare]") {
  Demo f;
  CHECK(f.Ask({.metrics = {"ACCURACY", "accuracy"}})->metrics.size() == 1);
}

TEST_CASE("a group of several cells is paired by its mean per seed", "[compare]") {
  Demo f;
  const auto difference = f.Ask({.by = {"attention"}, .baseline = "attention = 'full'"})
                              ->groups[1]
                              .figures[0]
                              .difference;
  REQUIRE(difference);
  CHECK(difference->paired);
  CHECK(difference->n == 3);
  CHECK(*difference->mean == Approx((-0.035 - 0.045 - 0.01) / 3));
}

TEST_CASE("several baselines are told apart by the parameters that differ between them",
          "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1, "title"), Run("full", {}, 1, "body"), Run("none", {}, 1, "title"),
          Run("none", {}, 1, "body"), Run("none", {}, 1, "both")});
  const std::vector<double> accuracies = {0.7, 0.9, 0.6, 0.5, 0.5};
  for (std::size_t i = 0; i < f.runs.size(); ++i) {
    Succeed(f.store, f.runs[i], {{"accuracy", accuracies[i]}});
  }
  const auto comparison = f.Ask({.baseline = "attention = 'full'"});
  REQUIRE(comparison.ok());
  CHECK(comparison->matched_by == Strings{"input"});
  REQUIRE(comparison->groups.size() == 5);
  CHECK(*comparison->groups[2].figures[0].difference->mean == Approx(-0.1));
  CHECK(*comparison->groups[3].figures[0].difference->mean == Approx(-0.4));
  CHECK_FALSE(comparison->groups[4].figures[0].difference);
  CHECK(Warns(comparison, "1 figure has no baseline with the same input"));
}

TEST_CASE("a baseline that has no figure is told from one that is not there", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1, "title"), Run("full", {}, 1, "body"), Run("none", {}, 1, "title"),
          Run("none", {}, 1, "body")});
  for (const std::size_t run : {1, 2, 3}) Succeed(f.store, f.runs[run], {{"accuracy", 0.5}});
  const auto comparison = f.Ask({.baseline = "attention = 'full'"});
  CHECK(Warns(comparison, "1 figure has a baseline without a figure to compare with"));
  CHECK_FALSE(Warns(comparison, "no baseline with the same"));
}

TEST_CASE("what follows from other parameters is no column and needs no baseline", "[compare]") {
  Fixture f;
  std::vector<SweepMember> members;
  for (const std::int64_t length : {16, 256})
    for (const std::int64_t compression : {1, 2, 4})
      members.push_back(Member({{"compression", compression},
                                {"max_length", length},
                                {"projected_length", length / compression}},
                               1));
  f.Plan(members);
  SucceedAll(f, {.9, .8, .7, .9, .8, .7});
  const Strings derived = {"projected_length"};
  const auto comparison = f.Ask({.baseline = "compression = 1", .derived = derived});
  REQUIRE(comparison.ok());
  CHECK(comparison->by == Strings{"compression", "max_length"});
  CHECK(comparison->matched_by == Strings{"max_length"});
  for (const ComparedGroup& group : comparison->groups) {
    INFO(GroupName(comparison->by, group.by));
    CHECK(group.is_baseline != group.figures[0].difference.has_value());
  }
  const Strings all = {"compression", "max_length", "projected_length"};
  CHECK(f.Ask({.by = all, .baseline = "compression = 1", .derived = derived})->matched_by ==
        Strings{"max_length"});
  const Strings derived_only = {"compression", "projected_length"};
  CHECK(
      f.Ask({.by = derived_only, .baseline = "compression = 1", .derived = derived})->matched_by ==
      derived);
  CHECK(Warns(f.Ask({.by = {"compression"}, .derived = derived}), "add max_length to --by"));
}

TEST_CASE("a baseline that matches nothing or part of a row is an error", "[compare]") {
  Demo f;
  CHECK(f.Error({.baseline = "attention = 'fill'"}).find("matches no run") != std::string::npos);
  CHECK(f.Error({.by = {"attention"}, .baseline = "compression = 2"})
            .find("picks only some runs of the row attention = linformer") != std::string::npos);
}

TEST_CASE("a baseline that --where removes, or that is every row, is said", "[compare]") {
  Demo f;
  CHECK(f.Error({.baseline = "attention = 'full'", .where = "compression > 1"}) ==
        "--where \"compression > 1\" leaves out all runs of --baseline \"attention = 'full'\"; let "
        "it keep them, e.g. --where \"(compression > 1) OR (attention = 'full')\"");
  CHECK(Warns(f.Ask({.baseline = "input = 'body'"}), "picks every row"));
  CHECK_FALSE(Warns(f.Ask({.baseline = "attention = 'full'"}), "picks every row"));
}

TEST_CASE("without common seeds the difference is of means and says so", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("none", {}, 2)});
  Succeed(f.store, f.runs[0], {{"accuracy", 0.75}});
  Succeed(f.store, f.runs[1], {{"accuracy", 0.5}});
  const auto comparison = f.Ask({.baseline = "attention = 'full'"});
  const auto difference = comparison->groups[1].figures[0].difference;
  CHECK_FALSE(difference->paired);
  CHECK(*difference->mean == -0.25);
  CHECK(difference->n == 1);
  CHECK(Warns(comparison, "between means of different seeds"));
}

TEST_CASE("seeds that one side alone has are told of", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 3),
          Run("none", {}, 4), Run("none", {}, 5)});
  SucceedAll(f, {0.7, 0.8, 0.9, 0.6, 0.5, 0.4});
  const auto comparison = f.Ask({.baseline = "attention = 'full'"});
  CHECK(comparison->groups[1].figures[0].difference->n == 3);  // Welch's: one seed makes no pairs
  CHECK(Warns(comparison, "the baseline has none of the row's seeds, or but one"));
  CHECK_FALSE(Warns(comparison, "only one side has"));
  Fixture part;
  part.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 1),
             Run("none", {}, 2)});
  SucceedAll(part, {0.7, 0.8, 0.9, 0.6, 0.5});
  CHECK(Warns(part.Ask({.baseline = "attention = 'full'"}), "1 difference leaves out seeds"));
  Demo whole;
  CHECK_FALSE(Warns(whole.Ask({.baseline = "attention = 'full'"}), "only one side has"));
}

TEST_CASE("a row of several cells whose seeds differ in them is told of", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("linformer", 2, 1), Run("linformer", 2, 2),
          Run("linformer", 4, 1), Run("linformer", 4, 2)});
  SucceedAll(f, {0.7, 0.8, 0.9, 0.6, 0.5});  // the last one has not run
  const ComparisonRequest pooled = {.by = {"attention"}, .baseline = "attention = 'full'"};
  CHECK(Warns(f.Ask(pooled), "in 1 row some seeds lack cells that others have"));
  Succeed(f.store, f.runs[5], {{"accuracy", 0.6}});
  CHECK_FALSE(Warns(f.Ask(pooled), "some seeds lack cells"));
}

TEST_CASE("only whole runs in the plan count, and what is missing is said", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 1)});
  Succeed(f.store, f.runs[0], {{"accuracy", 0.5}});
  Succeed(f.store, f.runs[3], {{"accuracy", 0.1}});
  (void)f.store.FinishAttempt(
      Ended(Begin(f.store, f.runs[1]), Outcome::kFailed, RunState::kFailed, "x"));
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3)});
  const auto comparison = f.Ask({.by = {"attention"}});
  REQUIRE(comparison.ok());
  REQUIRE(comparison->groups.size() == 1);
  CHECK(comparison->groups[0].runs == 3);
  CHECK(comparison->groups[0].succeeded == 1);
  CHECK(Warns(comparison, "2 of 3 runs have not succeeded (1 pending, 1 failed)"));
  CHECK(Warns(comparison, "1 run is left out: the spec no longer names it"));
  CHECK(Warns(comparison, "one seed only"));
  CHECK(Written(*comparison, TableFormat::kTable).find("1 of 3") != std::string::npos);
}

TEST_CASE("a number and a text that look the same are told apart", "[compare]") {
  Fixture f;
  f.Plan(
      {Member({{"attention", std::int64_t{1}}}, 1), Member({{"attention", std::string("1")}}, 1)});
  SucceedAll(f, {0.5, 0.25});
  Answer answer;
  answer.comparison = f.Ask({}).value();
  answer.best = FindBest(answer.comparison, {"accuracy", {}}).value();
  answer.plot = true;
  const std::string text = RenderAnswer(answer, TableFormat::kTable);
  INFO(text);
  CHECK(text.find("\n1    ") != std::string::npos);
  CHECK(text.find("\n'1'  ") != std::string::npos);
  CHECK(text.find("attention = 1 ") != std::string::npos);
  CHECK(text.find("attention = '1'") != std::string::npos);
  CHECK(f.Text({}, TableFormat::kCsv).find('\'') == std::string::npos);
}

TEST_CASE("a run of another worker is not said to have left the spec", "[compare]") {
  const auto by = [](const char* version, std::int64_t seed) {
    RunContent content;
    content.parameters = {{"attention", std::string("full")}};
    content.seed = seed;
    content.worker_version = version;
    return SweepMember{RunConfig(content), ""};
  };
  Fixture f;
  f.Plan({by("1", 1), by("1", 2), by("1", 3)});
  f.Plan({by("2", 1), by("2", 2), by("2", 3)});
  Succeed(f.store, f.runs[0], {{"accuracy", 0.5}});
  CHECK(Warns(f.Ask({.by = {"attention"}}),
              "3 runs are left out: the worker, the data or what they start from is another since; "
              "the plan has the same anew"));
  f.Plan({by("2", 1), by("2", 2)});
  CHECK(Warns(f.Ask({.by = {"attention"}}),
              "4 runs are left out: the spec no longer names them, or the worker, the data"));
  CHECK_FALSE(FindRun(f.store.connection(), by("2", 3).config.id())->sweeps[0].replaced);
  CHECK(FindRun(f.store.connection(), by("1", 2).config.id())->sweeps[0].replaced);
}

TEST_CASE("NaN is no number and is said, infinities are kept", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("none", {}, 1)});
  Succeed(f.store, f.runs[0], {{"accuracy", std::nan("")}});
  Succeed(f.store, f.runs[1], {{"accuracy", 0.5}});
  Succeed(f.store, f.runs[2], {{"accuracy", std::numeric_limits<double>::infinity()}});
  const auto comparison = f.Ask({});
  CHECK(comparison->groups[0].figures[0].nan == 1);
  CHECK(comparison->groups[0].figures[0].spread.n == 1);
  CHECK(Warns(comparison, "1 figure of accuracy is NaN"));
  CHECK(Written(*comparison, TableFormat::kJson).find("\"Infinity\"") != std::string::npos);
}

TEST_CASE("speeds of different numbers of threads are warned of, accuracies are not", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("none", {}, 1)});
  for (const SweepMember& run : f.runs) {
    const auto attempt = Begin(f.store, run);
    const std::string provenance =
        &run == &f.runs.front() ? R"({"threads":1})" : R"({"threads":4})";
    REQUIRE(f.store.RecordProvenance(attempt, provenance).ok());
    REQUIRE(
        f.store
            .FinishAttempt(Completed(attempt, {{"accuracy", 0.5}, {"train_samples_per_second", 9}}))
            .value());
  }
  CHECK(Warns(f.Ask({.metrics = {"train_samples_per_second"}}),
              "train_samples_per_second was measured with different numbers of threads: 1, 4: a "
              "difference may be of the machines; run them again with one --threads-per-run, in a "
              "store of their own"));
  CHECK_FALSE(Warns(f.Ask({.metrics = {"accuracy"}}), "threads"));
}

TEST_CASE("a run's threads are not the CPUs it is admitted by", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("none", {}, 1)});
  for (const SweepMember& run : f.runs) {
    AttemptStart start = testing::Start();
    start.resources_json =
        &run == &f.runs.front() ? R"({"cpus":0.5,"threads":1})" : R"({"cpus":2,"threads":1})";
    const auto attempt = f.store.BeginAttempt(run.config.id(), start).value().key;
    REQUIRE(f.store.FinishAttempt(Completed(attempt, {{"train_samples_per_second", 9}})).value());
  }
  CHECK_FALSE(Warns(f.Ask({.metrics = {"train_samples_per_second"}}), "threads"));
}

TEST_CASE("speeds from several hosts and CPUs are warned of, accuracies are not", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("none", {}, 1)});
  int host = 0;
  for (const SweepMember& run : f.runs) {
    const auto attempt = Begin(f.store, run, host == 0 ? "ada" : "bob");
    REQUIRE(
        f.store.RecordProvenance(attempt, host++ == 0 ? R"({"cpu":"X"})" : R"({"cpu":"Y"})").ok());
    CHECK(
        f.store
            .FinishAttempt(Completed(attempt, {{"accuracy", 0.5}, {"train_samples_per_second", 9}}))
            .value());
  }
  const auto speeds = f.Ask({.metrics = {"train_samples_per_second"}});
  CHECK(Warns(speeds, "measured on several hosts: 'ada' and 'bob'"));
  CHECK(Warns(speeds, "several kinds of CPU: 'X' and 'Y'"));
  CHECK_FALSE(Warns(f.Ask({.metrics = {"accuracy"}}), "hosts"));
}

TEST_CASE("rows that differ in worker version only are pooled with a warning", "[compare]") {
  Fixture f;
  RunContent newer = Run("full", {}, 1).config.content();
  newer.worker_version = "2";
  f.Plan({Run("full", {}, 1), {RunConfig(newer), ""}});
  for (const SweepMember& run : f.runs) Succeed(f.store, run, {{"accuracy", 0.5}});
  const auto comparison = f.Ask({.by = {"attention"}});
  CHECK(Warns(comparison, "that differ in data or worker version alone"));
  CHECK(Warns(comparison, "2 worker versions are mixed: '1' and '2'"));
}

TEST_CASE("a row that read other data than its baseline is warned of", "[compare]") {
  Fixture f;
  RunContent other = Run("none", {}, 1).config.content();
  other.dataset_fingerprint = "other";
  f.Plan({Run("full", {}, 1), {RunConfig(other), ""}});
  for (const SweepMember& run : f.runs) Succeed(f.store, run, {{"accuracy", 0.5}});
  CHECK(
      Warns(f.Ask({.baseline = "attention = 'full'"}), "1 row read other data than its baseline"));
}

TEST_CASE("only the runs where --where holds are left", "[compare]") {
  Demo f;
  const auto comparison = f.Ask({.by = {"compression"}, .where = "compression >= 2 -- comment"});
  REQUIRE(comparison.ok());
  REQUIRE(comparison->groups.size() == 2);
  CHECK(comparison->groups[0].by[0] == Value(std::int64_t{2}));
  CHECK(f.Ask({.where = "compression = 3"}).status().code() == Code::kNotFound);
}

TEST_CASE("parameters may have the names of columns that no view of runs has", "[compare]") {
  const Strings names = {"kind",   "host",  "outcome", "position", "parent",
                         "number", "error", "note",    "signal",   "changed"};
  Fixture f;
  std::vector<SweepMember> members;
  for (const std::int64_t value : {1, 2}) {
    Parameters parameters;
    for (const std::string& name : names) parameters[name] = value;
    members.push_back(Member(std::move(parameters), 1));
  }
  f.Plan(members);
  SucceedAll(f, {.9, .8});
  const auto comparison = f.Ask({.baseline = "host = 1", .where = "kind > 0 AND note > 0"});
  INFO(comparison.status().message());
  REQUIRE(comparison.ok());
  CHECK(comparison->groups.size() == 2);
}

TEST_CASE("unknown names and rules that do not parse say what to type", "[compare]") {
  Demo f;
  CHECK(f.Error({.by = {"atention"}}) ==
        "--by: unknown parameter 'atention', did you mean 'attention'?");
  CHECK(f.Error({.by = {"accuracy"}}) ==
        "--by: 'accuracy' is not a parameter but belongs to --metric");
  CHECK(f.Error({.metrics = {"acuracy"}}) ==
        "--metric: unknown metric 'acuracy', did you mean 'accuracy'?");
  CHECK(f.Error({.where = "compresion = 2"}).find("did you mean 'compression'?") !=
        std::string::npos);
  CHECK(f.Error({.where = "seed = 1 AND accuracy > 0.5"})
            .find("'accuracy' and 'seed' are no parameters, and --where takes parameters only; "
                  "`sweepformer query") != std::string::npos);
  CHECK(f.Error({.where = "1) OR (1"}) ==
        "--where \"1) OR (1\": not an SQL expression: near \")\": syntax error");
  CHECK(f.Error({.where = "compression >"}) ==
        "--where \"compression >\": not an SQL expression: it ends too early");
  CHECK(f.Error({.where = "abs(-9223372036854775807 - 1)"}) ==
        "--where: cannot be computed: integer overflow");
  CHECK(f.Error({.where = "replace(printf('%.*c', 99999, 'a'), 'a', 'bbbb')"}) ==
        "--where: cannot be computed: a text gets longer than 100000 bytes");
  const auto unknown = Compare(f.store.connection(), {.sweep = "dmeo"});
  CHECK(unknown.status().code() == Code::kNotFound);
  CHECK(unknown.status().message() == "no sweep 'dmeo' in the store, did you mean 'demo'?");
}

TEST_CASE("what n counts of probes is called repeats in every form", "[compare][probe]") {
  Fixture f;
  f.runs = {Run("full", {}, 1), Run("none", {}, 1)};
  for (const char* attention : {"full", "none"}) {
    RunContent probe = Run(attention, {}, 1).config.content();
    probe.kind = RunKind::kProbe;
    f.runs.push_back({RunConfig(probe), ""});
  }
  Registration registration = f.Demo();
  registration.metrics.push_back(Metric("probe_speed", "", false));
  REQUIRE(f.store.RegisterRuns(registration).ok());
  SucceedAll(f, {0.8, 0.9});
  Succeed(f.store, f.runs[2], {{"probe_speed", 100.0}});
  Succeed(f.store, f.runs[3], {{"probe_speed", 120.0}});
  const ComparisonRequest request{.metrics = {"probe_speed"}, .baseline = "attention = 'full'"};
  for (const TableFormat format : {TableFormat::kTable, TableFormat::kCsv, TableFormat::kJson})
    CHECK_THAT(f.Text(request, format), Catch::Contains("cannot be distinguished with 1 repeat") &&
                                            !Catch::Contains("1 seed"));
}

TEST_CASE("metrics of probes that are not planned are said to have none", "[compare]") {
  Fixture f;
  f.runs = {Run("full", {}, 1), Run("none", {}, 1)};
  Registration registration = f.Demo();
  registration.metrics.push_back(Metric("probe_speed"));
  REQUIRE(f.store.RegisterRuns(registration).ok());
  const auto comparison = f.Ask({.metrics = {"probe_speed"}, .baseline = "attention = 'full'"});
  REQUIRE(comparison.ok());
  REQUIRE(comparison->warnings.size() == 1);
  CHECK(comparison->warnings[0].kind == "no-probes");
}

TEST_CASE("equal values have exactly no spread and differ by exactly nothing", "[compare]") {
  CHECK(*SpreadOf({0.1, 0.1, 0.1}).sd == 0);
  CHECK(*SpreadOf({1e15 + 0.3, 1e15 + 0.3, 1e15 + 0.3}).sd == 0);
  CHECK(*SpreadOf({1e9 + 1, 1e9 + 2, 1e9 + 3}).sd == 1);
  CHECK_FALSE(SpreadOf({1.0}).sd);
  CHECK_FALSE(SpreadOf({}).mean);
}

TEST_CASE("speeds of rows that use the machine unequally well are warned of", "[compare]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("linformer", 2, 1), Run("fnet", {}, 1)});
  const auto succeed = [&](std::size_t run, double share) {
    Succeed(f.store, f.runs[run],
            {{"accuracy", 0.9}, {"train_samples_per_second", 100}, {kRooflineMetric, share}});
  };
  succeed(0, 0.5);
  succeed(1, 0.34);
  succeed(2, 0.4);
  const ComparisonRequest speeds = {.by = {"attention"}, .metrics = {"train_samples_per_second"}};
  CHECK_FALSE(Warns(f.Ask(speeds), "unequally"));
  Fixture g;
  g.Plan(f.runs);
  Succeed(g.store, g.runs[0], {{"train_samples_per_second", 100}, {kRooflineMetric, 0.5}});
  Succeed(g.store, g.runs[1],
          {{"train_samples_per_second", 100}, {"accuracy", 0.9}, {kRooflineMetric, 0.33}});
  CHECK(Warns(g.Ask(speeds),
              "from 0.33 of it (attention = linformer) to 0.5 of it (attention = full): "
              "train_samples_per_second then compares how well each is programmed"));
  CHECK_FALSE(Warns(g.Ask({.by = {"attention"}, .metrics = {"accuracy"}}), "unequally"));
}
