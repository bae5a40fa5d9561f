#include <catch2/catch.hpp>
#include <fstream>

#include "datasets/catalog.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/data_check.h"
#include "tools/planning/machine_fit.h"
#include "tools/planning/plan_notes.h"
#include "tools/planning/run_names.h"
#include "tools/planning/sweep_plan.h"

using namespace sweepformer;
using sweepformer::testing::TempFolder;

namespace {

constexpr const char* kSpec = R"(spec = 1
name = "toy"
about = "which is best?"
[axes]
mode = ["a", "b"]
[axes.size]
when   = "mode = 'a'"
values = [1, 2]
[[exclude]]
when = "size = 2"
why  = "too large"
[repeat]
seeds = [1, 2]
[worker]
command = ["train", "{mode}", "{size}"]
)";

std::filesystem::path Write(const TempFolder& folder, const std::string& text) {
  std::ofstream(folder / "spec.toml") << text;
  return folder / "spec.toml";
}

SweepPlan PlanFor(const std::string& text, Overrides overrides = {}) {
  const TempFolder folder;
  PlanRequest request;
  request.spec = Write(folder, text);
  request.overrides = std::move(overrides);
  return MakeSweepPlan(request).value();
}

}  // namespace

TEST_CASE("runs go seed by seed, in each all cells in file order", "[planning]") {
  const SweepPlan plan = PlanFor(kSpec);
  REQUIRE(plan.work.size() == 4);
  const RunNames names(plan.work);
  std::vector<std::string> order;
  for (const PlannedWork& work : plan.work) order.push_back(names.RunName(work));
  CHECK(order == std::vector<std::string>{"mode=a  seed=1", "mode=b  seed=1", "mode=a  seed=2",
                                          "mode=b  seed=2"});
}

TEST_CASE("only what the command line leaves alone is the whole plan", "[planning]") {
  CHECK(PlanFor(kSpec).whole);
  Overrides overrides;
  overrides.seeds = 1;
  const SweepPlan plan = PlanFor(kSpec, overrides);
  CHECK_FALSE(plan.whole);
  CHECK(plan.work.size() == 2);
}

TEST_CASE("a rule that matches nothing is noted", "[planning]") {
  std::string text = kSpec;
  text.replace(text.find("size = 2\""), 9, "size = 9\"");
  CHECK(PlanFor(text).notes ==
        std::vector<std::string>{
            "the exclude rule \"size = 9\" matches no cell; is it written right?"});
}

TEST_CASE("a value that reaches no cell is noted, one of a file in a whole plan only",
          "[planning]") {
  SweepPlan plan;
  plan.worker.description.emplace().parameters = {
      {"k", ParameterType::kNumber, 1.0, {}, {}, {}, "", "mode = 'a'", ""},
      {"mode", ParameterType::kText, std::string("b"), {}, {}, {}, "", "", ""}};
  plan.spec =
      ParseSweepSpec("x.toml", "spec = 1\nname = \"x\"\n[base]\nk = 2\nmode = \"b\"\n").value();
  const auto notes = [&] {
    return NotesOn(plan, Expansion::Make(plan.spec, plan.worker.described()).value()).value();
  };
  CHECK(notes() == std::vector<std::string>{
                       "'k' of [base] reaches no cell: it is used only where mode = 'a'"});
  plan.whole = false;
  CHECK(notes().empty());
  Overrides overrides;
  overrides.set = {"k=3"};
  REQUIRE(ApplyOverrides(overrides, plan.spec).ok());
  CHECK(notes() ==
        std::vector<std::string>{
            "'k' of the command line reaches no cell: it is used only where mode = 'a'"});
}

TEST_CASE("a parameter that nothing uses is noted", "[planning]") {
  const std::string text = std::string(kSpec) + "[[point]]\nlable = \"q\"\n";
  CHECK(PlanFor(text).notes ==
        std::vector<std::string>{
            "nothing uses the parameter 'lable': no {lable} in the worker's command, no rule, no "
            "let"});
}

TEST_CASE("a parameter that only a rule or a let reads is used", "[planning]") {
  std::string text = kSpec;
  text.replace(text.find(", \"{mode}\""), 10, "");
  text += "[base]\nk = 1\n[let]\nsum = \"k\"\n";
  text.replace(text.find("{size}"), 6, "{sum}");
  CHECK(PlanFor(text).notes.empty());
}

TEST_CASE("a parameter that only tells parents from children is used", "[planning]") {
  const std::string text =
      std::string(kSpec) +
      "[axes.stage]\nvalues = [0, 1]\n[[init_from]]\nwhen = \"stage = 1\"\nparent = "
      "\"stage = 0 AND size IS child.size AND mode = child.mode\"\n";
  for (const std::string& note : PlanFor(text).notes)
    CHECK(note.find("stage") == std::string::npos);
}

TEST_CASE("a run that is not started asks for nothing", "[planning]") {
  const SweepPlan plan = PlanFor(std::string(kSpec) + "[limits]\nmem = \"900GiB\"\n");
  const ResourcePool pool = MachinePool(4, 2, 8e9);
  std::set<std::string> settled;
  for (const PlannedWork& work : plan.work) {
    CHECK(FitProblem(plan, pool, settled).has_value());
    settled.insert(work.config.id());
  }
  CHECK_FALSE(FitProblem(plan, pool, settled).has_value());
}

TEST_CASE("a run that the machine cannot hold is named, with its memory in GiB", "[planning]") {
  const SweepPlan plan = PlanFor(std::string(kSpec) + "[limits]\nmem = \"900GiB\"\ncpus = 8\n");
  const double gib = 1024.0 * 1024 * 1024;
  CHECK(FitProblem(plan, MachinePool(4, 2, 7.5 * gib)).value() ==
        "the run mode=a  seed=1 asks for 900.0 GiB of mem, and this machine has 7.5 GiB of mem; "
        "lower its [limits]");
  CHECK(FitProblem(plan, MachinePool(0, 2, 1000 * gib)).value() ==
        "the run mode=a  seed=1 asks for 8 cpus, and this machine has 2 cpus; lower its [limits], "
        "lower --threads-per-run, or give a number of slots with -j");
  CHECK_FALSE(FitProblem(plan, MachinePool(4, 2, 1000 * gib)).has_value());
}

TEST_CASE("a named resource is refused until the machine is said to have it", "[planning]") {
  const SweepPlan plan = PlanFor(std::string(kSpec) + "[limits]\nlicences = 2\n");
  CHECK(FitProblem(plan, ThisMachine(4)).value() ==
        "the run mode=a  seed=1 asks for 2 licences, and this machine has 0 licences; lower its "
        "[limits], or say how many there are with --resource licences=2");
  const auto named = ParseResources(std::vector<std::string>{"licences=2"});
  CHECK_FALSE(FitProblem(plan, ThisMachine(4, named.value())).has_value());
}

TEST_CASE("what is no resource is refused with what to type", "[planning]") {
  for (const char* given : {"gpus", "gpus=", "=2", "gpus=two", "gpus=-1", "gpus=2x", "gpus=inf"}) {
    const auto parsed = ParseResources(std::vector<std::string>{given});
    CAPTURE(given);
    CHECK(parsed.status().message() ==
          "--resource " + std::string(given) + ": expected NAME=COUNT, e.g. --resource gpus=2");
  }
  CHECK(ParseResources(std::vector<std::string>{"a=1", "a=2"}).status().message() ==
        "--resource a=2: 'a' is given twice; keep one of them");
  CHECK(ParseResources(std::vector<std::string>{"cpus=4"}).status().message().find("-j says") !=
        std::string::npos);
}

TEST_CASE("the limit on cells can be raised and lowered", "[planning]") {
  const TempFolder folder;
  PlanRequest request;
  request.spec = Write(folder, kSpec);
  request.most_cells = 2;
  CHECK_THAT(MakeSweepPlan(request).status().message(),
             Catch::Contains("the grid has over 2 cells"));
  request.most_cells = 3;
  CHECK(MakeSweepPlan(request).ok());
}

TEST_CASE("a goal that is a parameter points into the spec", "[planning]") {
  const TempFolder folder;
  PlanRequest request;
  request.spec = Write(folder, std::string(kSpec) + "[goal]\nmaximize = [\"size\"]\n");
  CHECK_THAT(MakeSweepPlan(request).status().message(),
             Catch::Contains("spec.toml:17:13: 'size' is a parameter"));
}

TEST_CASE("a cell of the grid has the label of a point with the same content", "[planning]") {
  std::string text = kSpec;
  text += "[[point]]\nmode = \"b\"\nlabel = \"plain\"\n";
  const SweepPlan plan = PlanFor(text);
  CHECK(plan.twins == 1);
  for (const PlannedWork& work : plan.work) {
    const bool is_b = work.config.parameters().at("mode") == Value(std::string("b"));
    CHECK(work.terms->label == (is_b ? "plain" : ""));
  }
}

TEST_CASE("names stay distinct where only the presence of a parameter differs", "[planning]") {
  std::string text = kSpec;
  text += "[[point]]\nmode = \"a\"\nlabel = \"alone\"\n[[point]]\nmode = \"a\"\nextra = 5\n";
  const SweepPlan plan = PlanFor(text);
  const RunNames names(plan.work);
  std::set<std::string> seen;
  for (const PlannedWork& work : plan.work) CHECK(seen.insert(names.RunName(work)).second);
}

TEST_CASE("a placeholder that stands for nothing points into the spec", "[planning]") {
  const TempFolder folder;
  std::string text = kSpec;
  text.replace(text.find("{size}"), 6, "{sice}");
  PlanRequest request;
  request.spec = Write(folder, text);
  const Status status = MakeSweepPlan(request).status();
  CHECK(status.code() == Code::kInvalidArgument);
  CHECK_THAT(status.message(),
             Catch::Contains("spec.toml:15:32: unknown placeholder {sice}, did you mean 'size'?"));
  text.replace(text.find("{sice}"), 6, "größe={sice}");
  request.spec = Write(folder, text);
  CHECK_THAT(MakeSweepPlan(request).status().message(),
             Catch::Contains("spec.toml:15:38: unknown placeholder {sice}"));
}

TEST_CASE("a foreign worker's version covers its command, version and files", "[planning]") {
  const TempFolder folder;
  std::ofstream(folder / "train.py") << "one";
  const std::string with_file = std::string(kSpec) + "files = [\"train.py\"]\n";
  PlanRequest request;
  request.spec = Write(folder, with_file);
  const std::string before = MakeSweepPlan(request).value().worker.version;
  CHECK(MakeSweepPlan(request).value().worker.version == before);
  std::ofstream(folder / "train.py") << "two";
  CHECK(MakeSweepPlan(request).value().worker.version != before);
  request.spec = Write(folder, std::string(kSpec) + "files = [\"gone.py\"]\n");
  CHECK_THAT(MakeSweepPlan(request).status().message(),
             Catch::Contains("spec.toml:16:10: ") && Catch::Contains("gone.py"));
}

TEST_CASE("data are looked up for a worker whose dataset is one of our sets", "[planning]") {
  const auto reads = [](std::vector<std::string> sets) {
    ParameterSpec dataset;
    dataset.name = "dataset";
    dataset.choices = std::move(sets);
    WorkerChoice worker;
    worker.description.emplace().parameters.push_back(std::move(dataset));
    return worker.reads_known_sets();
  };
  CHECK(reads(datasets::SetNames()));
  CHECK(reads({"imdb", "synthetic-reviews"}));
  CHECK_FALSE(reads({"imdb", "sst2"}));  // others read these, too, from files of their own
  CHECK_FALSE(reads({"synthetic-reviews", "mine"}));
  CHECK_FALSE(reads({}));
  CHECK_FALSE(WorkerChoice().reads_known_sets());
}

TEST_CASE("a cache that cannot be looked at costs a second reading and no more", "[planning]") {
  const TempFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  ::setenv("XDG_CACHE_HOME", (folder / "loop").c_str(), 1);
  const auto fingerprint =
      DataCheck("").FingerprintOf({{"dataset", "synthetic-reviews"}, {"rows", std::int64_t{50}}});
  ::unsetenv("XDG_CACHE_HOME");
  CHECK(fingerprint.ok());
}
