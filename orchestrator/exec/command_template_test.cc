#include "orchestrator/exec/command_template.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

const Parameters kValues = {{"lr", 0.001}, {"name", std::string("a b")}, {"seed", std::int64_t{7}}};

std::string Problem(const std::string& argument) {
  const auto problem = CheckTemplate(argument, {"lr", "name"});
  return problem ? std::to_string(problem->offset) + " " + problem->message : "";
}

}  // namespace

TEST_CASE("placeholders are replaced anywhere, unquoted", "[template]") {
  CHECK(FillTemplate("--lr={lr}", kValues) == "--lr=0.001");
  CHECK(FillTemplate("{name}{seed}", kValues) == "a b7");
  CHECK(FillTemplate("{LR}", kValues) == "0.001");
  CHECK(FillTemplate("plain", kValues) == "plain");
}

TEST_CASE("what an argument uses is found as it is replaced", "[template]") {
  CHECK(UsesPlaceholder("--out={Dir}/x", "dir"));
  CHECK_FALSE(UsesPlaceholder("{{dir}} ${dir} dir {directory}", "dir"));
}

TEST_CASE("a parameter without a value becomes nothing", "[template]") {
  CHECK(FillTemplate("-k{compression}-", kValues) == "-k-");
}

TEST_CASE("double braces are braces and the shell keeps its own", "[template]") {
  CHECK(FillTemplate("{{\"lr\": {lr}}}", kValues) == "{\"lr\": 0.001}");
  CHECK(FillTemplate("${HOME}/{seed}", kValues) == "${HOME}/7");
  CHECK(Problem("{{x}} ${X} {seed} {run} {attempt} {dir} {threads} {lr}").empty());
}

TEST_CASE("any other brace is a problem with a place and a remedy", "[template]") {
  CHECK(Problem("--n {nam}") == "4 unknown placeholder {nam}, did you mean 'name'?");
  CHECK(Problem("{zebra}") ==
        "0 unknown placeholder {zebra}: it is neither a parameter of the spec nor 'seed', 'run', "
        "'attempt', 'dir', 'threads' or 'parent_dir'; write {{ and }} for braces");
  CHECK(Problem("ab{") == "2 a '{' that opens no {name}; write {{ for a brace");
  CHECK(Problem("{}") == "0 a '{' that opens no {name}; write {{ for a brace");
}
