#include "orchestrator/spec/include.h"

#include <catch2/catch.hpp>
#include <map>

#include "orchestrator/spec/stored_text.h"

using namespace sweepformer;

namespace {

const std::string kHead = "spec = 1\nname = \"t\"\n";

/// Files by path, in place of a disk.
using Files = std::map<std::string, std::string>;

Result<SweepSpec> Read(const Files& files, const std::string& body) {
  return ParseSweepSpec("dir/x.toml", kHead + body, [&](const auto& path) -> Result<std::string> {
    const auto found = files.find(path.string());
    if (found == files.end()) return NotFound(path.string() + ": cannot open: no such file");
    return found->second;
  });
}

SweepSpec Parse(const Files& files, const std::string& body) {
  auto spec = Read(files, body);
  INFO(spec.status().message());
  REQUIRE(spec.ok());
  return std::move(spec).value();
}

std::string ErrorOf(const Files& files, const std::string& body) {
  return Read(files, body).status().message();
}

/// What the spec gives, in order: settings, dimensions, lets.
std::string Given(const SweepSpec& spec) {
  std::string text;
  for (const Setting& one : spec.base) text += one.name + "=" + FormatValue(one.value.value) + " ";
  for (const GridDimension& dimension : spec.grid)
    for (const GridAxis& axis : dimension.columns) {
      text += axis.name + ":";
      for (const SpecValue& value : axis.values) text += FormatValue(value.value) + ",";
      text += " ";
    }
  for (const Derived& one : spec.derived) text += one.name + ":=" + one.expression.text + " ";
  return text;
}

}  // namespace

TEST_CASE("an included file stands before the spec, beside which it lies", "[include]") {
  const Files files = {{"dir/shared/base.toml", "[base]\na = 1\n[axes]\nb = [1, 2]\n"}};
  CHECK(Given(Parse(files, "include = [\"shared/base.toml\"]\n[axes]\nc = [3]\n[base]\nd = 4\n")) ==
        "a=1 d=4 b:1,2, c:3, ");
}

TEST_CASE("what is given again replaces what was included", "[include]") {
  const Files files = {
      {"dir/b.toml", "[base]\nlr = 1\nn = 2\n[axes]\nx = [1]\ny = [2]\n[let]\nz = \"1\"\n"}};
  const std::string include = "include = [\"b.toml\"]\n";
  CHECK(Given(Parse(files, include + "[axes]\nX = [7, 8]\n")) == "lr=1 n=2 X:7,8, y:2, z:=1 ");
  CHECK(Given(Parse(files, include + "[axes]\nlr = [3, 4]\n")) == "n=2 x:1, y:2, lr:3,4, z:=1 ");
  CHECK(Given(Parse(files, include + "[base]\ny = 5\nz = 6\n")) == "lr=1 n=2 y=5 z=6 x:1, ");
  CHECK(Given(Parse(files, include + "[let]\nn = \"x\"\n")) == "lr=1 x:1, y:2, z:=1 n:=x ");
  CHECK(Given(Parse(files, include + "[[zip]]\nlr = [3]\nx = [4]\n")) ==
        "n=2 y:2, lr:3, x:4, z:=1 ");
}

TEST_CASE("one file still gives a parameter once, and no column leaves a zip",
          "[include][golden]") {
  const Files files = {{"dir/b.toml", "[base]\nlr = 1\n"},
                       {"dir/z.toml", "[[zip]]\nd = [1]\nh = [2]\n"}};
  CHECK_THAT(ErrorOf(files, "include = [\"b.toml\"]\n[base]\nlr = 1\n[axes]\nLR = [1]\n"),
             Catch::StartsWith("dir/x.toml:7:1: 'LR' is already given at dir/x.toml:5; keep one"));
  CHECK_THAT(ErrorOf(files, "include = [\"z.toml\"]\n[base]\nd = 1\n"),
             Catch::StartsWith("dir/z.toml:2:1: 'd' is already given at dir/x.toml:5; keep one"));
}

TEST_CASE("keys of the other sections win, lists of tables add up", "[include]") {
  const Files files = {{"dir/b.toml",
                        "[limits]\ncpus = 1\ntimeout = 5\n[[limits.rule]]\nwhen = \"a\"\ncpus = 3\n"
                        "[retry]\nattempts = 7\non = [\"lost\"]\n[measure]\nrepeats = 9\n"
                        "[repeat]\nseeds = [4, 5]\n[goal]\nmaximize = [\"m\"]\nminimize = [\"n\"]\n"
                        "[[exclude]]\nwhen = \"a\"\nwhy = \"b\"\n[[point]]\na = 1\n"}};
  const SweepSpec spec = Parse(
      files,
      "include = [\"b.toml\"]\n[limits]\ncpus = 2\n[[limits.rule]]\nwhen = \"b\"\ncpus = 4\n"
      "[retry]\nattempts = 2\n[measure]\nexclusive = false\n[repeat]\nseeds = [1]\n"
      "[goal]\nmaximize = [\"q\"]\n[[exclude]]\nwhen = \"c\"\nwhy = \"d\"\n[[point]]\na = 2\n");
  CHECK(spec.limits.cpus == 2.0);
  CHECK(spec.limits.timeout_s == 5.0);
  REQUIRE(spec.limit_rules.size() == 2);
  CHECK(spec.limit_rules[1].when.text == "b");
  CHECK(spec.retry.attempts == 2);
  CHECK(spec.retry.on == std::vector<std::string>{"lost"});
  CHECK(spec.measure->repeats == 9);
  CHECK_FALSE(spec.measure->exclusive);
  CHECK(spec.seeds == std::vector<std::int64_t>{1});
  CHECK(spec.goal.maximize == std::vector<std::string>{"q"});
  CHECK(spec.goal.minimize == std::vector<std::string>{"n"});
  CHECK(spec.exclusions.size() == 2);
  CHECK(spec.points.size() == 2);
}

TEST_CASE("a file that is included twice counts once", "[include]") {
  const Files files = {{"dir/a.toml", "include = [\"sub/c.toml\"]\n[base]\na = 1\n"},
                       {"dir/b.toml", "include = [\"./sub/c.toml\"]\n[base]\na = 2\n"},
                       {"dir/sub/c.toml", "[[point]]\na = 3\n"}};
  const SweepSpec spec = Parse(files, "include = [\"a.toml\", \"b.toml\"]\n");
  CHECK(Given(spec) == "a=2 ");
  CHECK(spec.points.size() == 1);
}

TEST_CASE("a file counts as read after what it includes", "[include]") {
  const Files files = {{"dir/a.toml", "include = [\"b.toml\", \"c.toml\"]\n[base]\nk = 1\n"},
                       {"dir/b.toml", "[base]\ni = 1\n"},
                       {"dir/c.toml", "[base]\nj = 1\n"},
                       {"dir/d.toml", "[base]\nl = 1\n"}};
  const SweepSpec spec = Parse(files, "include = [\"a.toml\", \"d.toml\"]\n[base]\nm = 1\n");
  CHECK(Given(spec) == "i=1 j=1 k=1 l=1 m=1 ");
  for (std::size_t i = 1; i < spec.base.size(); ++i) {
    CHECK(spec.source.IsBefore(spec.base[i - 1].where, spec.base[i].where));
    CHECK_FALSE(spec.source.IsBefore(spec.base[i].where, spec.base[i - 1].where));
  }
}

TEST_CASE("a worker's files lie beside the file that names them", "[include]") {
  const Files files = {
      {"dir/sub/w.toml", "[worker]\ncommand = [\"c\"]\nfiles = [\"../t.py\", \"u\"]\n"}};
  const SweepSpec spec = Parse(files, "include = [\"sub/w.toml\"]\n[worker]\nversion = 2\n");
  REQUIRE(spec.worker.files.size() == 2);
  CHECK(FormatValue(spec.worker.files[0].value) == "t.py");
  CHECK(FormatValue(spec.worker.files[1].value) == "sub/u");
  CHECK(spec.worker.version == "2");
}

TEST_CASE("errors point into the file they are about", "[include][golden]") {
  CHECK(ErrorOf({{"dir/b.toml", "[axes]\nk = []\n"}}, "include = [\"b.toml\"]\n") ==
        "dir/b.toml:2:5: axis 'k' has no values; give at least one\n"
        "    2 | k = []\n"
        "      |     ^");
  CHECK_THAT(ErrorOf({{"dir/b.toml", "a = = 1\n"}}, "include = [\"b.toml\"]\n"),
             Catch::StartsWith("dir/b.toml:1:5: not valid TOML: "));
  CHECK_THAT(ErrorOf({{"dir/b.toml", "name = \"n\"\n"}}, "include = [\"b.toml\"]\n"),
             Catch::StartsWith("dir/b.toml:1:1: 'name' belongs into the spec that includes this "
                               "file; remove it here"));
}

TEST_CASE("an include that cannot be followed is refused in place", "[include][golden]") {
  CHECK(ErrorOf({}, "include = [\"no.toml\"]\n") ==
        "dir/x.toml:3:12: dir/no.toml: cannot open: no such file; the files under 'include' are "
        "looked for beside the file that names them\n"
        "    3 | include = [\"no.toml\"]\n"
        "      |            ^");
  const Files circle = {{"dir/a.toml", "include = [\"s/b.toml\"]\n"},
                        {"dir/s/b.toml", "include = [\"../a.toml\"]\n"}};
  CHECK(ErrorOf(circle, "include = [\"a.toml\"]\n") ==
        "dir/s/b.toml:1:12: these files include one another: 'a.toml' includes 's/b.toml' includes "
        "'a.toml'; break the circle\n"
        "    1 | include = [\"../a.toml\"]\n"
        "      |            ^");
  CHECK_THAT(ErrorOf({}, "include = \"a.toml\"\n"),
             Catch::StartsWith("dir/x.toml:3:11: 'include' must be a list of files, e.g. include = "
                               "[\"shared/base.toml\"]"));
  CHECK_THAT(ErrorOf({}, "include = [\"x.toml\"]\n"),
             Catch::Contains("'x.toml' includes 'x.toml'; break the circle"));
}

TEST_CASE("the stored text holds every file and reads back the same", "[include]") {
  const Files files = {{"dir/a.toml", "include = [\"s/b.toml\"]\n[base]\nk = 1"},
                       {"dir/s/b.toml", ""}};
  const SweepSpec spec = Parse(files, "include = [\"a.toml\"]\n[base]\nl = 2");
  CHECK(spec.text == kHead +
                         "include = [\"a.toml\"]\n[base]\nl = 2\n"
                         "# ---- included: s/b.toml\n"
                         "# ---- included: a.toml\n"
                         "include = [\"s/b.toml\"]\n[base]\nk = 1");
  const auto again = ParseStoredSpec(spec.text);
  INFO(again.status().message());
  REQUIRE(again.ok());
  CHECK(Given(*again) == Given(spec));
  CHECK(again->text == spec.text);
}

TEST_CASE("a stored text that is cut anywhere is split without harm", "[include]") {
  const std::string text = StoredText({"a\n", {{"b", "c\n"}, {"d", ""}}});
  CHECK(text == "a\n# ---- included: b\nc\n# ---- included: d\n");
  for (std::size_t end = 0; end <= text.size(); ++end)
    CHECK(SplitStoredText(text.substr(0, end)).included.size() <= 2);
}
