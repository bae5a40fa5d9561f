#include "orchestrator/spec/expand.h"

#include <catch2/catch.hpp>

#include "orchestrator/spec/overrides.h"
#include "orchestrator/spec/parse_spec.h"

using namespace sweepformer;

namespace {

const std::string kHead = "spec = 1\nname = \"t\"\n";

/// A worker with a conditional parameter and a requirement, as the built-in one has.
WorkerDescription Worker() {
  WorkerDescription worker;
  worker.worker = "toy";
  worker.version = "1";
  worker.parameters = {
      {"attention",
       ParameterType::kText,
       std::string("full"),
       {"full", "linformer", "none"},
       {},
       {},
       "",
       "",
       ""},
      {"compression", ParameterType::kNumber, {}, {}, 1, {}, "", "attention = 'linformer'", ""},
      {"projected_length",
       ParameterType::kInteger,
       {},
       {},
       1,
       {},
       "",
       "attention = 'linformer'",
       ""},
      {"sharing",
       ParameterType::kText,
       std::string("headwise"),
       {"headwise", "kv"},
       {},
       {},
       "",
       "attention = 'linformer'",
       ""},
      {"max_length", ParameterType::kInteger, std::int64_t{128}, {}, 1, {}, "", "", ""},
      {"d_model", ParameterType::kInteger, std::int64_t{64}, {}, 1, {}, "", "", ""},
      {"heads", ParameterType::kInteger, std::int64_t{4}, {}, 1, {}, "", "attention <> 'none'", ""},
  };
  worker.checks = {{"d_model % heads = 0", "'heads' must divide 'd_model'"}};
  return worker;
}

Result<Expansion> Expand(const std::string& body, const WorkerDescription* worker,
                         const std::optional<std::string>& only = {}, std::int64_t cap = 1000) {
  auto spec = ParseSweepSpec("x.toml", kHead + body);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  return Expansion::Make(*spec, worker, only, cap);
}

/// Cells as "name=value,..." lines.
std::vector<std::string> Cells(const std::string& body, const WorkerDescription* worker,
                               const std::optional<std::string>& only = {}) {
  auto expansion = Expand(body, worker, only);
  INFO(expansion.status().message());
  REQUIRE(expansion.ok());
  std::vector<std::string> lines;
  const auto cells = expansion->Cells();
  REQUIRE(cells.ok());
  for (const Cell& cell : *cells) {
    std::string line = cell.terms->label.empty() ? "" : cell.terms->label + ": ";
    for (const auto& [name, value] : cell.parameters.All())
      line += (line.empty() || line.ends_with(": ") ? "" : ",") + name + "=" + FormatValue(value);
    lines.push_back(line);
  }
  return lines;
}

std::string ErrorOf(const std::string& body, const WorkerDescription* worker,
                    const std::optional<std::string>& only = {}) {
  const std::string message = Expand(body, worker, only).status().message();
  return message.substr(0, message.find('\n'));
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("the cross product is in file order, the last axis fastest", "[spec][golden]") {
  CHECK(Cells("[axes]\nz = [2, 1]\na = [\"x\", \"y\"]\n", nullptr) ==
        Lines{"a=x,z=2", "a=y,z=2", "a=x,z=1", "a=y,z=1"});
}

TEST_CASE("a conditional axis exists only where its rule holds", "[spec][golden]") {
  CHECK(Cells("[axes.c]\nwhen = \"a = 'l'\"\nvalues = [2, 4]\n[axes]\na = [\"f\", \"l\"]\n",
              nullptr) == Lines{"a=f", "a=l,c=2", "a=l,c=4"});
}

TEST_CASE("an axis takes its default where its rule does not hold", "[spec][golden]") {
  CHECK(Cells("[axes]\na = [1, 2]\n[axes.c]\nwhen = \"a = 2\"\nvalues = [5, 6]\ndefault = 0\n",
              nullptr) == Lines{"a=1,c=0", "a=2,c=5", "a=2,c=6"});
}

TEST_CASE("zip columns advance together", "[spec][golden]") {
  CHECK(Cells("[axes]\ns = [1, 2]\n[[zip]]\nd = [64, 128]\nh = [2, 4]\n", nullptr) ==
        Lines{"d=64,h=2,s=1", "d=128,h=4,s=1", "d=64,h=2,s=2", "d=128,h=4,s=2"});
}

TEST_CASE("lets may read axes and one another in any order, and are canonical", "[spec][golden]") {
  CHECK(Cells("[let]\nk = \"n * 1.0 / c\"\nn = \"CASE i WHEN 't' THEN 16 ELSE 256 END\"\n"
              "[axes]\ni = [\"t\", \"b\"]\nc = [2]\n",
              nullptr) == Lines{"c=2,i=t,k=8,n=16", "c=2,i=b,k=128,n=256"});
}

TEST_CASE("points stand beside the grid, inherit base and let, and can be excluded",
          "[spec][golden]") {
  const std::string spec =
      "[base]\nn = 8\n[axes]\na = [1, 2]\n[let]\nm = \"n * 2\"\n"
      "[[point]]\nlabel = \"bag\"\nn = 4\n[[point]]\nn = 5\n"
      "[[exclude]]\nwhen = \"n = 5\"\nwhy = \"five\"\n";
  CHECK(Cells(spec, nullptr) == Lines{"a=1,m=16,n=8", "a=2,m=16,n=8", "bag: m=8,n=4"});
}

TEST_CASE("lets read nothing where only points or only the grid give the parameter", "[spec]") {
  const std::string spec = "[axes]\na = [1, 2]\n[let]\nc = \"a * 2\"\nd = \"b * 2\"\n";
  CHECK(Cells(spec + "[[point]]\nb = 7\n", nullptr) == Lines{"a=1,c=2", "a=2,c=4", "b=7,d=14"});
  CHECK(ErrorOf(spec + "[[point]]\ne = 7\n", nullptr) ==
        "x.toml:7:6: unknown parameter 'b'; text is written in single quotes");
}

TEST_CASE("a point has a parameter, of its own or inherited", "[spec]") {
  const std::string point = "[[point]]\nlabel = \"x\"\n";
  CHECK(ErrorOf(point, nullptr) ==
        "x.toml:3:1: a [[point]] needs at least one parameter, of its own or from [base]");
  CHECK(ErrorOf("[axes]\na = [1]\n" + point, nullptr)
            .starts_with("x.toml:5:1: a [[point]] needs at least one parameter"));
  CHECK(Cells("[base]\nb = 1\n" + point, nullptr) == Lines{"x: b=1"});
}

TEST_CASE("a let that gives bytes is refused in place", "[spec][golden]") {
  for (const char* bytes :
       {"x'00'", "'a' || char(0)", "x'41'", "printf('%.1s', 'é')", "char(55296)"})
    CHECK(ErrorOf("[axes]\na = [1]\n[let]\nb = \"" + std::string(bytes) + "\"\n", nullptr) ==
          "x.toml:6:6: 'b' must come out as text or a number, not as bytes");
}

TEST_CASE("a sweep without parameters has one cell", "[spec]") {
  CHECK(Cells("", nullptr) == Lines{""});
}

TEST_CASE("exclusions are counted, each and as the first that drops", "[spec]") {
  const auto expansion = Expand(
      "[axes]\na = [1, 2, 3, 4]\n[[exclude]]\nwhen = \"a > 2\"\nwhy = \"big\"\n"
      "[[exclude]]\nwhen = \"a > 3\"\nwhy = \"bigger\"\n[[exclude]]\nwhen = \"a = NULL\"\nwhy = "
      "\"never\"\n",
      nullptr);
  REQUIRE(expansion.ok());
  CHECK(expansion->grid_cells() == 4);
  CHECK(expansion->cells() == 2);
  CHECK(expansion->exclusions()[0].dropped == 2);
  CHECK(expansion->exclusions()[1].matched == 1);
  CHECK(expansion->exclusions()[1].dropped == 0);
  CHECK(expansion->exclusions()[2].matched == 0);
}

TEST_CASE("rules that hold in no cell are told", "[spec]") {
  const auto expansion = Expand(
      "[axes]\na = [1, 2]\n[axes.b]\nwhen = \"a = 3\"\nvalues = [1]\n"
      "[axes.c]\nwhen = \"a = 2\"\nvalues = [1]\n[[point]]\na = 3\n"
      "[[limits.rule]]\nwhen = \"a = 4\"\ncpus = 2\n[[limits.rule]]\nwhen = \"a = 3\"\ncpus = 2\n",
      nullptr);
  REQUIRE(expansion.ok());
  Lines told;
  for (const IdleRule& rule : expansion->idle_rules()) told.push_back(rule.what + ": " + rule.when);
  CHECK(told == Lines{"limit rule: a = 4", "rule of axis 'b': a = 3"});
}

TEST_CASE("values that no cell that is left uses are told", "[spec]") {
  const WorkerDescription worker = Worker();
  auto spec = ParseSweepSpec(
      "x.toml", kHead +
                    "[base]\nsharing = \"kv\"\nheads = 2\n[axes]\nattention = [\"full\", "
                    "\"none\"]\n[axes.d_model]\nwhen = \"attention = 'none'\"\ndefault = "
                    "64\nvalues = [32]\n");
  REQUIRE(spec.ok());
  REQUIRE(ApplyOverrides({{"projected_length=8", "d_model=16"}, {}, {}, {}}, *spec).ok());
  const auto told = [&](const std::optional<std::string>& only) {
    Lines lines;
    const auto expansion = Expansion::Make(*spec, &worker, only);
    REQUIRE(expansion.ok());
    for (const IdleSetting& setting : expansion->idle_settings())
      lines.push_back((setting.where.known() ? "" : "typed ") + setting.name + ": " + setting.when);
    return lines;
  };
  const Lines always = {"sharing: attention = 'linformer'",
                        "typed projected_length: attention = 'linformer'"};
  CHECK(told({}) == always);
  CHECK(told("attention = 'full'") ==
        Lines{always[0], always[1], "typed d_model: attention = 'none'"});
  CHECK(told("attention = 'none'") == Lines{always[0], "heads: attention <> 'none'", always[1]});
}

TEST_CASE("the description fills in defaults and drops what a design does not use",
          "[spec][golden]") {
  const WorkerDescription worker = Worker();
  CHECK(Cells("[base]\nsharing = \"kv\"\n[axes]\nATTENTION = [\"none\", \"linformer\"]\n"
              "[axes.compression]\nwhen = \"attention = 'linformer'\"\nvalues = [2, 4.0]\n",
              &worker) ==
        Lines{"attention=none,d_model=64,max_length=128",
              "attention=linformer,compression=2,d_model=64,heads=4,max_length=128,sharing=kv",
              "attention=linformer,compression=4,d_model=64,heads=4,max_length=128,sharing=kv"});
}

TEST_CASE("the last limit rule that matches wins, per key", "[spec]") {
  const auto expansion = Expand(
      "[axes]\na = [1, 2]\n[limits]\nmem = \"1GiB\"\ntimeout = 5\n"
      "[[limits.rule]]\nwhen = \"a >= 1\"\nmem = \"2GiB\"\n[[limits.rule]]\nwhen = \"a = 2\"\nmem "
      "= \"3GiB\"\n",
      nullptr);
  REQUIRE(expansion.ok());
  std::vector<std::int64_t> gib;
  const auto cells = expansion->Cells();
  REQUIRE(cells.ok());
  for (const Cell& cell : *cells) {
    gib.push_back(*cell.terms->limits.mem_bytes >> 30);
    CHECK(cell.terms->limits.timeout_s == 5.0);
  }
  CHECK(gib == std::vector<std::int64_t>{2, 3});
}

TEST_CASE("only the cells where --only holds are kept", "[spec]") {
  CHECK(Cells("[axes]\na = [1, 2, 3]\n", nullptr, "a <> 2") == Lines{"a=1", "a=3"});
  const auto none = Expand("[axes]\na = [1]\n", nullptr, "a = 7");
  CHECK(none.status().code() == Code::kNotFound);
  CHECK(ErrorOf("[axes]\nabc = [1]\n", nullptr, "abd = 7").starts_with("--only: "));
}

TEST_CASE("expansion does not depend on the order of keys", "[spec]") {
  auto one = Cells("[axes]\na = [1, 2]\nb = [3, 4]\n[base]\nc = 5\n", nullptr);
  auto two = Cells("[base]\nc = 5\n[axes]\nb = [4, 3]\na = [2, 1]\n", nullptr);
  std::sort(one.begin(), one.end());
  std::sort(two.begin(), two.end());
  CHECK(one == two);
}

TEST_CASE("what the description does not allow is refused in place", "[spec][golden]") {
  const WorkerDescription worker = Worker();
  CHECK(ErrorOf("[base]\ncompresion = 4\n", &worker) ==
        "x.toml:4:1: 'compresion' is not a parameter of toy, did you mean 'compression'?");
  CHECK(ErrorOf("[axes]\nattention = [\"full\", \"linfomer\"]\n", &worker) ==
        "x.toml:4:22: 'attention' cannot be 'linfomer', did you mean 'linformer'?");
  CHECK(ErrorOf("[base]\nheads = \"four\"\n", &worker) ==
        "x.toml:4:9: 'heads' must be a whole number, not \"four\"");
  CHECK(ErrorOf("[axes]\nmax_length = [16, 0]\n", &worker) ==
        "x.toml:4:19: 'max_length' must be at least 1, not 0");
  CHECK(ErrorOf("[axes]\nheads = [4, 5]\n", &worker) ==
        "x.toml:4:1: 'heads' must divide 'd_model' (in 1 cell, e.g. heads = 5)");
  CHECK(ErrorOf("[base]\nattention = \"linformer\"\n[axes]\ncompression = [3]\n[let]\n"
                "projected_length = \"max_length * 1.0 / compression\"\n",
                &worker) ==
        "x.toml:8:21: 'projected_length' must be a whole number, not 42.666666666666664 (where "
        "attention = \"linformer\", projected_length = 42.666666666666664, compression = 3)");
  CHECK(ErrorOf("[base]\nseed = 4\n", &worker) ==
        "x.toml:4:1: 'seed' cannot name a parameter: the store's views use it; seeds belong under "
        "[repeat]");
}

TEST_CASE("an axis that a design does not use is refused, with the rule to type",
          "[spec][golden]") {
  const WorkerDescription worker = Worker();
  CHECK(ErrorOf("[axes]\nattention = [\"full\", \"linformer\"]\nsharing = [\"kv\", \"headwise\"]\n",
                &worker) ==
        "x.toml:5:1: 'sharing' has no effect where it is not true that attention = 'linformer' "
        "(e.g. attention = \"full\", sharing = \"kv\"); give it only there: when = \"attention = "
        "'linformer'\"");
  CHECK(ErrorOf("[[point]]\nattention = \"none\"\nsharing = \"kv\"\n", &worker)
            .starts_with("x.toml:5:1: 'sharing' has no effect"));
}

TEST_CASE("what is excluded may give the worker what it does not use, or leave out what it does",
          "[spec]") {
  const WorkerDescription worker = Worker();
  const auto without = [](const std::string& when) {
    return "[[exclude]]\nwhen = \"" + when + "\"\nwhy = \"none\"\n";
  };
  const std::string heads = "[axes]\nattention = [\"full\", \"none\"]\nheads = [2, 4]\n";
  CHECK(Cells(heads + without("attention = 'none'"), &worker).size() == 2);
  CHECK(ErrorOf(heads + without("attention = 'none' AND heads = 2"), &worker)
            .starts_with("x.toml:5:1: 'heads' has no effect"));
  const std::string lengths =
      "[axes]\nmax_length = [64, 128]\nheads = { values = [2, 8], when = \"max_length = 128\" }\n";
  CHECK(Cells(lengths + without("max_length = 64"), &worker).size() == 2);
  const std::string points =
      "[[point]]\nd_model = 32\n[[point]]\nattention = \"none\"\nsharing = \"kv\"\n"
      "[[point]]\nattention = \"none\"\n";
  CHECK(Cells(points + without("attention = 'none'"), &worker).size() == 1);
}

TEST_CASE("an axis that leaves out what the worker uses is refused, with the value to type",
          "[spec]") {
  const WorkerDescription worker = Worker();
  const std::string axes =
      "[axes]\nmax_length = [64, 128]\nheads = { values = [2, 8], when = "
      "\"max_length = 128\"";
  CHECK(ErrorOf(axes + " }\n", &worker) ==
        "x.toml:5:1: 'heads' is left out of some cells (e.g. max_length = 64) in which the worker "
        "uses it; say which value it has there, e.g. default = 4");
  CHECK(Cells(axes + ", default = 4 }\n", &worker).size() == 3);
}

TEST_CASE("a zip that leaves out what the worker uses is told what a zip can do", "[spec]") {
  const WorkerDescription worker = Worker();
  CHECK_THAT(
      ErrorOf("[axes]\nattention = [\"full\", \"none\"]\n[[zip]]\nwhen = \"attention = 'full'\"\n"
              "d_model = [64]\nmax_length = [64]\n",
              &worker),
      Catch::Contains("a [[zip]] has no default, so give these cells as a [[point]]"));
}

TEST_CASE("a let without a value where the worker uses it is refused", "[spec][golden]") {
  const WorkerDescription worker = Worker();
  const std::string axis = "[axes]\nattention = [\"full\", \"none\"]\n[let]\n";
  CHECK(ErrorOf(axis + "max_length = \"CASE attention WHEN 'full' THEN 2 END\"\n", &worker) ==
        "x.toml:6:15: 'max_length' has no value in some cells (e.g. attention = \"none\") in which "
        "the worker uses it; say which it has there (the worker's default is 128)");
  CHECK(Cells(axis + "heads = \"CASE attention WHEN 'full' THEN 2 END\"\n", &worker).size() == 2);
}

TEST_CASE("a point that breaks a requirement is where the error points", "[spec][golden]") {
  const WorkerDescription worker = Worker();
  CHECK(ErrorOf("[base]\nd_model = 64\n[[point]]\nheads = 5\n", &worker) ==
        "x.toml:6:1: 'heads' must divide 'd_model' (in 1 cell, e.g. d_model = 64, heads = 5)");
}

TEST_CASE("a wrong value of --axis is not blamed on the range it stands for", "[spec]") {
  const WorkerDescription worker = Worker();
  auto spec =
      ParseSweepSpec("x.toml", kHead + "[axes]\nd_model = { from = 64, to = 128, step = 64 }\n");
  REQUIRE(spec.ok());
  REQUIRE(ApplyOverrides({{}, {"d_model=64,0"}, {}, {}}, *spec).ok());
  CHECK_THAT(Expansion::Make(*spec, &worker).status().message(),
             Catch::Contains("'d_model' must be at least 1, not 0") && !Catch::Contains("range"));
}

TEST_CASE("points keep what [base] says when --axis varies it", "[spec]") {
  auto spec = ParseSweepSpec("x.toml", kHead + "[base]\nn = 4\n[[point]]\na = 1\n");
  REQUIRE(spec.ok());
  REQUIRE(ApplyOverrides({{}, {"n=1,2"}, {}, {}}, *spec).ok());
  const auto expansion = Expansion::Make(*spec, nullptr);
  REQUIRE(expansion.ok());
  Lines contents;
  const auto cells = expansion->Cells();
  for (const Cell& cell : *cells) contents.push_back(CanonicalJson(cell.parameters.All()));
  CHECK(contents == Lines{R"({"n":1})", R"({"n":2})", R"({"a":1,"n":4})"});
}

TEST_CASE("one value of the command line takes the place of what points say", "[spec]") {
  const WorkerDescription worker = Worker();
  auto spec = ParseSweepSpec(
      "x.toml", kHead +
                    "[[point]]\nattention = \"linformer\"\nsharing = \"kv\"\nd_model = 128\n"
                    "[[point]]\nattention = \"linformer\"\n[[point]]\nattention = \"full\"\n");
  REQUIRE(spec.ok());
  REQUIRE(ApplyOverrides({{"attention=none"}, {"d_model=32,64"}, {}, {}}, *spec).ok());
  const auto expansion = Expansion::Make(*spec, &worker);
  REQUIRE(expansion.ok());
  Lines contents;
  const auto cells = expansion->Cells();
  for (const Cell& cell : *cells) contents.push_back(CanonicalJson(cell.parameters.All()));
  const auto with = [](const std::string& d_model) {
    return R"({"attention":"none","d_model":)" + d_model + R"(,"max_length":128})";
  };
  CHECK(contents == Lines{with("32"), with("64"), with("128"), with("64"), with("64")});
}

TEST_CASE("rules are checked before anything is expanded", "[spec][golden]") {
  const std::string axes = "[axes]\nattention = [1]\n";
  CHECK(ErrorOf(axes + "[[exclude]]\nwhen = \"atention = 1\"\nwhy = \"x\"\n", nullptr)
            .starts_with("x.toml:6:9: "));
  CHECK(ErrorOf(axes + "[let]\na = \"b\"\nb = \"a + 1\"\n", nullptr) ==
        "x.toml:6:1: these depend on one another: 'a' needs 'b' needs 'a'; break the circle");
  CHECK(ErrorOf(axes + "[[exclude]]\nwhen = \"attention = 1\"\nwhy = \"x\"\n", nullptr) ==
        "x.toml:6:9: every cell is excluded: no run is left; loosen an [[exclude]]");
  CHECK(ErrorOf(axes + "[let]\nb = \"a+\"\n", nullptr) ==
        "x.toml:6:8: not an SQL expression: it ends too early");
  CHECK(ErrorOf(axes + "[let]\nb = \"1 = 'x\"\n", nullptr) ==
        "x.toml:6:10: not an SQL expression: a quote is never closed");
  CHECK(ErrorOf(axes + "[let]\nb = \"1\"\nc = \"abs(-9223372036854775807 - b)\"\n", nullptr) ==
        "x.toml:7:6: cannot be computed: integer overflow");
  CHECK(
      ErrorOf(axes + "[[exclude]]\nwhen = \"abs(-9223372036854775807 - attention)\"\nwhy = \"x\"\n",
              nullptr) == "x.toml:6:9: cannot be computed: integer overflow");
  CHECK_FALSE(Expand(axes + "[let]\na = \"random()\"\n", nullptr).ok());
  CHECK_FALSE(Expand(axes + "[let]\na = \"(SELECT 1)\"\n", nullptr).ok());
}

TEST_CASE("a grid over the limit is refused before it fills the memory", "[spec]") {
  std::string axis = "[axes]\n";
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
    axis += std::string(name) + " = { from = 1, to = 1000, step = 1 }\n";
  const auto expansion = Expand(axis, nullptr, {}, 5000);
  CHECK(
      expansion.status().message().starts_with("x.toml:5:1: the grid has over 5000 cells; narrow "
                                               "it, or raise the limit with --most-cells N"));
}
