#include "orchestrator/spec/parse_spec.h"

#include <catch2/catch.hpp>

#include "orchestrator/spec/check_goal.h"
#include "orchestrator/spec/parse_sections.h"

using namespace sweepformer;

namespace {

const std::string kHead = "spec = 1\nname = \"t\"\n";

SweepSpec Parse(const std::string& body) {
  auto spec = ParseSweepSpec("x.toml", kHead + body);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  return std::move(spec).value();
}

/// The first line of the error; what follows shows the line and a caret.
std::string ErrorOf(const std::string& body) {
  const std::string message = ParseSweepSpec("x.toml", kHead + body).status().message();
  return message.substr(0, message.find('\n'));
}

std::string AxisText(const GridDimension& dimension) {
  std::string text;
  for (const GridAxis& axis : dimension.columns) {
    text += axis.name + ":";
    for (const SpecValue& value : axis.values) text += " " + FormatValue(value.value);
    text += ";";
  }
  return text;
}

}  // namespace

TEST_CASE("axes, lets and points keep the order of the file", "[spec]") {
  const SweepSpec spec = Parse(R"(
[axes]
zeta = [1, 2]
alpha = ["a"]
[axes.mid]
when = "zeta = 1"
values = [true, false]
[let]
y = "1"
b = "2"
[[zip]]
d = [64, 128]
h = [2, 4]
[[point]]
label = "bag"
zeta = 9
)");
  REQUIRE(spec.grid.size() == 4);
  CHECK(AxisText(spec.grid[0]) == "zeta: 1 2;");
  CHECK(AxisText(spec.grid[1]) == "alpha: a;");
  CHECK(AxisText(spec.grid[2]) == "mid: 1 0;");
  CHECK(spec.grid[2].when->text == "zeta = 1");
  CHECK(AxisText(spec.grid[3]) == "d: 64 128;h: 2 4;");
  CHECK(spec.derived[0].name == "y");
  CHECK(spec.points[0].label == "bag");
  CHECK(spec.points[0].settings.size() == 1);
}

TEST_CASE("values are canonical: booleans 1/0, whole reals whole, lists JSON", "[spec]") {
  const SweepSpec spec = Parse("[base]\na = 2.0\nb = true\nc = [\"x\", 1, 2.5]\n");
  CHECK(spec.base[0].value.value == Value(std::int64_t{2}));
  CHECK(spec.base[1].value.value == Value(std::int64_t{1}));
  CHECK(spec.base[2].value.value == Value(std::string(R"(["x",1,2.5])")));
}

TEST_CASE("limits read sizes, times and named resources; rules add to them", "[spec]") {
  const SweepSpec spec = Parse(R"(
[limits]
cpus = 2
mem = "2GiB"
timeout = "20m"
gpus = 1
[[limits.rule]]
when = "n > 10"
mem = "6 GiB"
)");
  CHECK(spec.limits.cpus == 2.0);
  CHECK(spec.limits.mem_bytes == std::int64_t{2} << 30);
  CHECK(spec.limits.timeout_s == 1200.0);
  CHECK(spec.limits.named.at("gpus") == 1.0);
  REQUIRE(spec.limit_rules.size() == 1);
  Limits limits = spec.limits;
  limits.Override(spec.limit_rules[0].limits);
  CHECK(limits.mem_bytes == std::int64_t{6} << 30);
  CHECK(limits.timeout_s == 1200.0);
}

TEST_CASE("sizes and durations are read with their units", "[spec]") {
  CHECK(ParseSize("1.5 MB").value() == 1'500'000);
  CHECK(ParseSize("512mib").value() == 512 << 20);
  CHECK(ParseSize("77").value() == 77);
  CHECK(ParseDuration("90").value() == 90);
  CHECK(ParseDuration("1.5h").value() == 5400);
  CHECK(ParseSize("2 gigs").status().message() ==
        "cannot read '2 gigs'; write it like '512MiB' or '2GiB'");
  for (const char* none : {"-3s", "inf", "nan", "1e300", "1e12d"}) {
    CHECK_FALSE(ParseDuration(none).ok());
  }
}

TEST_CASE("what is no limit is refused, and accelerators have names of their own", "[spec]") {
  for (const char* word :
       {"timeout = \"inf\"", "timeout = 1e300", "cpus = 0", "slots = 2", "cpu = 1"}) {
    INFO(word);
    CHECK_THAT(ErrorOf(std::string("[limits]\n") + word + "\n"), Catch::StartsWith("x.toml:4:"));
  }
  const SweepSpec spec = Parse("[limits]\ntpus = 2\nvgpus = 1\n");
  CHECK(spec.limits.named.at("tpus") == 2.0);
  CHECK(spec.limits.named.at("vgpus") == 1.0);
}

TEST_CASE("a metric is named once in [goal], and is no parameter", "[spec][golden]") {
  CHECK(ErrorOf("[goal]\nmaximize = [\"acc\"]\nminimize = [\"Acc\"]\n") ==
        "x.toml:5:13: [goal] names 'Acc' twice; keep one of them");
  const SweepSpec clash = Parse("[axes]\nlr = [1]\n[goal]\nmaximize = [\"lr\"]\n");
  CHECK_THAT(CheckGoal(clash, nullptr).message(),
             Catch::StartsWith("x.toml:6:13: 'lr' is a parameter; [goal] names metrics"));
}

TEST_CASE("a fixed column of the views is no goal", "[spec][golden]") {
  CHECK_THAT(CheckGoal(Parse("[goal]\nmaximize = [\"State\"]\n"), nullptr).message(),
             Catch::StartsWith("x.toml:4:13: 'State' cannot name a metric: the store's views"));
}

TEST_CASE("a goal the worker does not measure is refused with the nearest", "[spec][golden]") {
  WorkerDescription worker;
  worker.worker = "toy";
  worker.metrics.resize(2);
  worker.metrics[0].name = "test_accuracy";
  worker.metrics[1].name = "seconds";
  const SweepSpec spec = Parse("[goal]\nmaximize = [\"tst_accuracy\"]\n");
  CHECK_THAT(CheckGoal(spec, &worker).message(),
             Catch::StartsWith("x.toml:4:13: 'tst_accuracy' is not a metric of toy, did you mean "
                               "'test_accuracy'?"));
  CHECK(CheckGoal(spec, nullptr).ok());
  CHECK(CheckGoal(Parse("[goal]\nminimize = [\"Seconds\"]\n"), &worker).ok());
}

TEST_CASE("counts have an end, and a point gives a parameter once", "[spec][golden]") {
  CHECK(ErrorOf("[measure]\nrepeats = 4294967296\n") ==
        "x.toml:4:11: 'repeats' must be at most 1000000, not 4294967296");
  CHECK(ErrorOf("[retry]\nattempts = 4294967297\n") ==
        "x.toml:4:12: 'attempts' must be at most 1000000, not 4294967297");
  CHECK(ErrorOf("[[point]]\nlr = 1\nLR = 2\n") ==
        "x.toml:5:1: 'LR' is already given at x.toml:4; keep one of them");
}

TEST_CASE("a sweep's name is plain", "[spec][golden]") {
  const auto problem = [](const std::string& name) {
    return ParseSweepSpec("x.toml", "spec = 1\nname = \"" + name + "\"\n").status().message();
  };
  CHECK(problem("lr study-2_b.v1") == "");
  CHECK_THAT(
      problem("a\\u001b[31m"),
      Catch::StartsWith("x.toml:2:8: 'name' cannot be \"a\\u001b[31m\"; use letters, digits, "
                        "spaces and - _ . and begin with a letter or digit"));
  for (const char* name : {"", " a", "a ", "-a", "a\\nb", "a/b"})
    CHECK_FALSE(problem(name).empty());
}

TEST_CASE("a NUL character is refused wherever text is read", "[spec]") {
  for (const char* body : {"[base]\nk = \"a\\u0000b\"\n", "[let]\nk = \"1\\u0000\"\n",
                           "[worker]\ncommand = [\"a\\u0000\"]\n"})
    CHECK_THAT(ErrorOf(body), Catch::Contains("holds a NUL character"));
}

TEST_CASE("retry takes the stored words and the short ones people write", "[spec]") {
  const SweepSpec spec = Parse("[retry]\nattempts = 5\non = [\"crash\", \"oom\", \"failed\"]\n");
  CHECK(spec.retry.attempts == 5);
  CHECK(spec.retry.on == std::vector<std::string>{"crashed", "out_of_memory", "failed"});
}

TEST_CASE("an error shows file, line, column, the line and what to type", "[spec][golden]") {
  const std::string text = kHead + "[axes]\n[axes.k]\nvalue = [1]\n";
  CHECK(ParseSweepSpec("x.toml", text).status().message() ==
        "x.toml:5:1: unknown key 'value' in axis 'k', did you mean 'values'?\n"
        "    5 | value = [1]\n"
        "      | ^");
}

TEST_CASE("every mistake of form has its own message", "[spec][golden]") {
  CHECK(ErrorOf("[bse]\n") == "x.toml:3:2: unknown key 'bse' in the spec, did you mean 'base'?");
  CHECK(ErrorOf("[axes]\nk = []\n") == "x.toml:4:5: axis 'k' has no values; give at least one");
  CHECK(ErrorOf("[axes]\nk = 3\n") ==
        "x.toml:4:5: axis 'k' needs a list of values, e.g. k = [1, 2]; a single value belongs in "
        "[base]");
  CHECK(ErrorOf("[axes]\nk = [1, 2, 1.0]\n") == "x.toml:4:12: axis 'k' has the value 1 twice");
  CHECK(ErrorOf("[axes]\nk = { from = 1, to = 5 }\n") ==
        "x.toml:4:1: axis 'k': a range needs 'from', 'to' and either 'step' or 'count', e.g. { "
        "from = 1, to = 5, step = 2 }");
  CHECK(ErrorOf("[axes]\nk = { from = 1, to = 5, count = 3, scale = \"lgo\" }\n") ==
        "x.toml:4:44: scale must be 'linear' or 'log', not 'lgo', did you mean 'log'?");
  CHECK(ErrorOf("[base]\nk = 1\n[axes]\nK = [1]\n") ==
        "x.toml:6:1: 'K' is already given at x.toml:4; keep one of them");
  CHECK(ErrorOf("[[zip]]\na = [1, 2]\nb = [1]\n") ==
        "x.toml:5:1: zip columns must be equally long: 'a' has 2 values, 'b' 1");
  CHECK(ErrorOf("[[exclude]]\nwhen = \"a = 1\"\n") ==
        "x.toml:3:1: an [[exclude]] needs 'when', an SQL expression, and 'why', the reason that "
        "plan will show");
  CHECK(ErrorOf("[exclude]\nwhen = \"a = 1\"\n") ==
        "x.toml:3:1: 'exclude' must be a list of tables, each written [[exclude]], not a table");
  CHECK(ErrorOf("[repeat]\nseeds = [1, 1]\n") == "x.toml:4:13: seed 1 is given twice");
  CHECK(ErrorOf("[repeat]\nseeds = []\n") ==
        "x.toml:4:9: 'seeds' is empty; give at least one, e.g. [1, 2, 3]");
  CHECK(ErrorOf("[repeat]\nseeds = [\"a\"]\n") ==
        "x.toml:4:10: 'seeds' must be a whole number, not text");
  CHECK(ErrorOf("[limits]\nmem = \"lots\"\n") ==
        "x.toml:4:7: 'mem': cannot read 'lots'; write it like '512MiB' or '2GiB'");
  CHECK(ErrorOf("[limits]\ntimout = 3\n") ==
        "x.toml:4:1: unknown limit 'timout', did you mean 'timeout'?");
  CHECK(ErrorOf("[limits]\nmemory = \"1GiB\"\n") ==
        "x.toml:4:1: unknown limit 'memory', did you mean 'mem'?");
  CHECK(ErrorOf("[let]\nk = 3\n") ==
        "x.toml:4:5: 'k' must be an SQL expression in quotes, not a whole number");
  CHECK(
      ErrorOf("[worker]\nversion = 1\n") ==
      "x.toml:3:2: [worker] needs 'command', e.g. command = [\"python3\", \"train.py\", \"--lr\", "
      "\"{lr}\"]; without [worker] the built-in worker runs");
  CHECK(ErrorOf("[retry]\non = [\"crshed\"]\n") ==
        "x.toml:4:7: unknown cause 'crshed', did you mean 'crashed'?");
  CHECK(ErrorOf("[base]\nx = 1979-05-27\n") ==
        "x.toml:4:5: 'x' must be text, a number, a boolean or a list, not a date or time");
  CHECK(ErrorOf("[base]\nbetas = [0.9, nan]\n") ==
        "x.toml:4:15: a list value of 'betas' may hold finite numbers only; a program that takes "
        "the word gets it as text: \"NaN\"");
}

TEST_CASE("a file that is not TOML, or not a spec, is refused with its place", "[spec][golden]") {
  CHECK(ErrorOf("[axes\n").starts_with("x.toml:3:6: not valid TOML: "));
  CHECK(ErrorOf("[base]\nk = 1\nk = 2\n").ends_with("it is given twice: keep one of them"));
  CHECK(ParseSweepSpec("x.toml", "name = \"t\"\n")
            .status()
            .message()
            .starts_with(
                "x.toml:1:1: 'spec' is missing; begin the file with spec = 1 and name = \"...\""));
  CHECK(ParseSweepSpec("x.toml", "spec = 2\nname = \"t\"\n")
            .status()
            .message()
            .starts_with("x.toml:1:1: spec format 2 is not known to this version"));
}
