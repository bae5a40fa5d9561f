#include "tools/cli/man.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <regex>

#include "datasets/catalog.h"
#include "orchestrator/core/testing.h"
#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/cli/help.h"
#include "tools/testing.h"

using namespace sweepformer;
using namespace sweepformer::cli;
using sweepformer::testing::Desk;
using sweepformer::testing::TempFolder;

namespace {

bool Has(const std::string& program) {
  return std::system(("command -v " + program + " >/dev/null").c_str()) == 0;
}

std::vector<std::string> Pages() {
  std::vector<std::string> pages = {ManPage()};
  for (const Command& command : Commands()) pages.push_back(ManPage(command));
  return pages;
}

/// The words of the last `sweepformer` that `command` calls, as bash reads it.
std::vector<std::string> WordsOf(const std::string& command) {
  const TempFolder folder;
  std::ofstream(folder / "script")
      << "sweepformer() { printf '%s\\n' \"$@\" > words; }\nman() { cat >/dev/null; }\n"
      << "HOME=$PWD; mkdir -p .config/fish/completions\n"
      << command << "\n";
  const std::string run = "cd '" + folder.path().string() + "' && bash script >/dev/null";
  if (std::system(run.c_str()) != 0) return {};
  std::ifstream in(folder / "words");
  std::vector<std::string> words;
  for (std::string word; std::getline(in, word);) words.push_back(word);
  return words;
}

}  // namespace

TEST_CASE("no character of a text is a command of roff", "[man]") {
  Command command;
  command.name = "paint";
  command.about = "Paints.";
  command.options = {{"color", 'c', "NAME", ".TH is 'red'\\green"}};
  CHECK_THAT(ManPage(command), Catch::Contains("\\fB\\-c\\fR, \\fB\\-\\-color\\fR \\fINAME\\fR\n"
                                               "\\&.TH is \\(aqred\\(aq\\egreen.\n"));
}

TEST_CASE("every manual page is one to mandoc and to groff", "[man]") {
  const TempFolder folder;
  if (!Has("mandoc") && !Has("groff")) WARN("neither mandoc nor groff is here; not tested");
  for (const std::string& page : Pages()) {
    std::ofstream(folder / "page.1") << page;
    const std::string file = "'" + (folder / "page.1").string() + "'";
    INFO(page.substr(0, 60));
    if (Has("mandoc")) CHECK(std::system(("mandoc -T lint -W error " + file).c_str()) == 0);
    if (Has("groff"))
      CHECK(std::system(
                ("test -z \"$(groff -man -ww -T utf8 " + file + " 2>&1 >/dev/null)\"").c_str()) ==
            0);
  }
}

TEST_CASE("every example in help is a command line that is understood", "[help]") {
  for (const Command& command : Commands()) {
    for (const Example& example : command.examples) {
      INFO(example.command);
      for (const std::string& typed : {example.command, FoldCommand(example.command)}) {
        const auto words = WordsOf(typed);
        REQUIRE_FALSE(words.empty());
        CHECK(words.front() == command.name);
        const auto arguments = ParseArguments(command, {words.begin() + 1, words.end()});
        CHECK(arguments.status().message() == "");
      }
    }
  }
}

TEST_CASE("what is switched off in a starter spec is right, too", "[init]") {
  const Desk desk("");
  REQUIRE(desk.Call("init mine").exit_code == 0);
  std::string text = ReadFile(desk.folder() / "mine.toml").value();
  text = text.substr(0, text.find("#[worker]"));
  text = std::regex_replace(text, std::regex("#include = [^\n]*"), "");
  text = std::regex_replace(text, std::regex("\n#(?=[^ #\n])"), "\n");
  const auto spec = ParseSweepSpec("mine.toml", text);
  REQUIRE(spec.status().message() == "");
  CHECK(spec->grid.size() == 5);
  CHECK(spec->derived.size() == 1);
  CHECK(spec->points.size() == 1);
  CHECK(spec->limit_rules.size() == 1);
}

TEST_CASE("every rule of a starter spec matches a cell, whatever the data", "[init]") {
  const Desk desk("");
  const auto worker = ParseDescription(
      ReadFile(SWEEPFORMER_SOURCE_DIR "/orchestrator/spec/testdata/worker.json").value());
  REQUIRE(worker.ok());
  for (const std::string& set : datasets::SetNames()) {
    INFO(set);
    REQUIRE(desk.Call("init " + set + " --dataset " + set).exit_code == 0);
    const auto spec = ReadSweepSpec(desk.folder() / (set + ".toml"));
    REQUIRE(spec.ok());
    const auto expansion = Expansion::Make(*spec, &*worker);
    INFO(expansion.status().message());
    REQUIRE(expansion.ok());
    CHECK(expansion->cells() == 4);
    CHECK(expansion->idle_rules().empty());
  }
}

TEST_CASE("a starter spec plans, runs and is compared as it says", "[init]") {
  const Desk desk("spec = 1\nname = \"x\"\n[axes]\na = [1]\n[worker]\ncommand = [\"true\"]\n");
  const auto init = desk.Call("init mine");
  CHECK(init.out == "wrote mine.toml; next: sweepformer plan mine.toml\n");
  CHECK(desk.Call("init mine.toml").err ==
        "sweepformer: mine.toml is there already and is left as it is; name another file: "
        "sweepformer init FILE\n");
  CHECK(desk.Call("init a=b.toml").err ==
        "sweepformer: a sweep cannot be called 'a=b', as a=b.toml would be; name the file with "
        "letters, digits, - and _\n");
  CHECK(desk.Call("init b --dataset blitzr").exit_code == 4);
  CHECK(desk.Call("init b --dataset blitzer").out ==
        "wrote b.toml; next: sweepformer plan b.toml --data DIR\n");
  if (!std::filesystem::exists(SWEEPFORMER_BIN_DIR "/sweepformer-worker") &&
      !std::getenv("SWEEPFORMER_WORKER")) {
    WARN("the worker is not built; planning and running are not tested");
    return;
  }
  CHECK_THAT(desk.Call("plan mine.toml").out, Catch::Contains("8 = 4 cells × 2 seeds"));
  CHECK(desk.Call("init own --dataset custom").out ==
        "wrote own.toml; next: sweepformer plan own.toml\n");
  std::ofstream(desk.folder() / "mine.csv") << "text,label\ngood,yes\nbad,no\n";
  CHECK(desk.Call("plan own.toml").exit_code == 0);
  REQUIRE(desk.Call("run mine.toml --seeds 1").exit_code == 0);
  CHECK_THAT(desk.Call("compare mine").out, Catch::Contains("test_accuracy"));
}
