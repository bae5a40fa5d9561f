#include "orchestrator/spec/overrides.h"

#include <catch2/catch.hpp>

#include "orchestrator/spec/parse_spec.h"

using namespace sweepformer;

namespace {

SweepSpec Parse(const std::string& body) {
  auto spec = ParseSweepSpec("x.toml", "spec = 1\nname = \"t\"\n" + body);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  return std::move(spec).value();
}

std::string AxisText(const GridDimension& dimension) {
  std::string text = dimension.columns.front().name + ":";
  for (const SpecValue& value : dimension.columns.front().values)
    text += " " + FormatValue(value.value);
  return text + ";";
}

std::string Problem(const Overrides& overrides, const std::string& body = "") {
  SweepSpec spec = Parse(body);
  return ApplyOverrides(overrides, spec).message();
}

}  // namespace

TEST_CASE("the command line replaces values and keeps the condition", "[spec]") {
  SweepSpec spec = Parse(
      "[base]\nlr = 1\nepochs = 2\n[axes.k]\nwhen = \"lr = 1\"\nvalues = [1, 2]\n[repeat]\nseeds = "
      "[5, 6, 7]\n");
  REQUIRE(ApplyOverrides({{"k=4", "lr=0.5"}, {"epochs=1,3", "new=a,b"}, 2, {}}, spec).ok());
  CHECK(AxisText(spec.grid[0]) == "k: 4;");
  CHECK(spec.grid[0].when->text == "lr = 1");
  REQUIRE(spec.base.size() == 2);
  CHECK(spec.base[0].value.value == Value(0.5));
  CHECK(spec.base[1].value.value == Value(std::int64_t{2}));
  CHECK(AxisText(spec.grid[1]) == "epochs: 1 3;");
  CHECK(AxisText(spec.grid[2]) == "new: a b;");
  CHECK(spec.seeds == std::vector<std::int64_t>{5, 6});
}

TEST_CASE("a malformed flag says what it should look like", "[spec][golden]") {
  SweepSpec spec = Parse("[let]\nk = \"1\"\n[repeat]\nseeds = [1, 2]\n");
  CHECK(ApplyOverrides({{"lr"}, {}, {}, {}}, spec).message() == "--set 'lr': expected name=value");
  CHECK(ApplyOverrides({{"k=3"}, {}, {}, {}}, spec).message() ==
        "--set k: 'k' is computed by [let]; change the spec instead");
  CHECK(ApplyOverrides({{}, {}, 3, {}}, spec).message() ==
        "--seeds 3: the spec has 2 seeds; give 1 to 2, or list more under [repeat]");
  spec.seeds = {1};
  CHECK(ApplyOverrides({{}, {}, 5, {}}, spec).message() ==
        "--seeds 5: the spec has one seed; list more under [repeat]");
}

TEST_CASE("blanks around names and values do not count", "[spec]") {
  SweepSpec spec = Parse("");
  REQUIRE(ApplyOverrides({{" a = x y "}, {"b = 1, 2 "}, {}, {}}, spec).ok());
  CHECK(spec.base[0].name == "a");
  CHECK(spec.base[0].value.value == Value(std::string("x y")));
  CHECK(AxisText(spec.grid[0]) == "b: 1 2;");
}

TEST_CASE("what stands in single quotes is text", "[spec]") {
  SweepSpec spec = Parse("");
  REQUIRE(ApplyOverrides({{"path='2024'", "word=it's"}, {"label='1',2,nan"}, {}, {}}, spec).ok());
  CHECK(spec.base[0].value.value == Value(std::string("2024")));
  CHECK(spec.base[1].value.value == Value(std::string("it's")));
  CHECK(spec.grid[0].columns.front().values[0].value == Value(std::string("1")));
  CHECK(spec.grid[0].columns.front().values[1].value == Value(std::int64_t{2}));
  CHECK(spec.grid[0].columns.front().values[2].value == Value(std::string("nan")));
}

TEST_CASE("a comma in single quotes parts no values", "[spec]") {
  SweepSpec spec = Parse("");
  REQUIRE(ApplyOverrides({{}, {"p='x,y', 'z',it's"}, {}, {}}, spec).ok());
  CHECK(AxisText(spec.grid[0]) == "p: x,y z it's;");
}

TEST_CASE("what the command line leaves empty or gives twice is refused", "[spec][golden]") {
  CHECK(Problem({{}, {"a=1,,2"}, {}, {}}) ==
        "--axis a: a value is empty in '1,,2'; remove a comma");
  CHECK(Problem({{}, {"a=1,"}, {}, {}}) == "--axis a: a value is empty in '1,'; remove a comma");
  CHECK(Problem({{"a="}, {}, {}, {}}) == "--set a: there is no value; expected name=value");
  CHECK(Problem({{}, {"a=1,1.0"}, {}, {}}) == "--axis a: the value 1 is given twice");
  CHECK(Problem({{"a=1", "A=2"}, {}, {}, {}}) == "--set A: 'A' is given twice; keep one of them");
  CHECK(Problem({{"a=1"}, {"a=2,3"}, {}, {}}) ==
        "--axis a: 'a' is already given by --set; keep one of them");
  CHECK_THAT(Problem({{}, {}, {}, " "}), Catch::StartsWith("--only is empty; write an SQL"));
}

TEST_CASE("a parameter that a foreign worker's spec lacks is refused", "[spec][golden]") {
  const std::string foreign = "[base]\nepochs = 1\n[worker]\ncommand = [\"a\", \"{epochs}\"]\n";
  CHECK(Problem({{"epoch=2"}, {}, {}, {}}, foreign) ==
        "--set epoch: the spec has no parameter 'epoch', did you mean 'epochs'?");
  CHECK(Problem({{}, {"zzz=1,2"}, {}, {}}, foreign) ==
        "--axis zzz: the spec has no parameter 'zzz'; add it under [base] and to the worker's "
        "command");
  CHECK(Problem({{"Epochs=2"}, {}, {}, {}}, foreign) == "");
}
