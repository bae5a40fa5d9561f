#include <catch2/catch.hpp>

#include "tools/cli/command.h"

using namespace sweepformer;
using namespace sweepformer::cli;
using Words = std::vector<std::string>;

namespace {

Command Paint() {
  Command command;
  command.name = "paint";
  command.about = "Paints a wall.";
  command.positionals = {{"WALL"}, {"ROOM", false, {"hall", "kitchen"}}};
  command.options = {{"color", 'c', "NAME", "which color"},
                     {"coat", 0, "N", "how many times", true},
                     {"dry", 0, "", "let it dry"},
                     {"finish", 0, "HOW", "how it shines", false, {"matt", "gloss"}}};
  command.examples = {{"sweepformer paint north -c red", "a red wall"}};
  command.details = "Paint is wet.";
  return command;
}

std::string Problem(const Words& args) { return ParseArguments(Paint(), args).status().message(); }

}  // namespace

TEST_CASE("options and positionals are read wherever they stand", "[cli]") {
  const Arguments arguments =
      ParseArguments(Paint(), {"-c", "red", "north", "--coat=1", "--dry", "--coat", "2"}).value();
  CHECK(arguments.Text("WALL") == "north");
  CHECK(arguments.Text("color") == "red");
  CHECK(arguments.All("coat") == Words{"1", "2"});
  CHECK(arguments.Has("dry"));
  CHECK_FALSE(arguments.Has("ROOM"));
}

TEST_CASE("a misuse says how it is meant", "[cli]") {
  CHECK(Problem({"north", "--colour", "x"}) ==
        "unknown option '--colour', did you mean '--color'?");
  CHECK(Problem({"north", "--xyzzy"}) ==
        "unknown option '--xyzzy'; 'sweepformer paint --help' lists the options");
  CHECK(Problem({}) == "WALL is missing; 'sweepformer paint -h' shows how it is used");
  CHECK(Problem({"a", "b", "c"}) ==
        "too many arguments; 'sweepformer paint -h' shows how it is used");
  CHECK(Problem({"a", "-c", "x", "-c", "y"}) ==
        "--color is given twice; 'sweepformer paint -h' shows how it is used");
}

TEST_CASE("a value that is missing or out of place is told as such", "[cli]") {
  CHECK(Problem({"north", "--color"}) ==
        "--color needs a value: --color NAME; 'sweepformer paint -h' shows how it is used");
  CHECK(Problem({"north", "-c"}) ==
        "--color needs a value: --color NAME; 'sweepformer paint -h' shows how it is used");
  CHECK(Problem({"north", "--dry=no"}) ==
        "--dry takes no value; 'sweepformer paint -h' shows how it is used");
}

TEST_CASE("a value that is none of the choices is told them", "[cli]") {
  CHECK(Problem({"north", "--finish", "mat"}) ==
        "--finish must be matt or gloss, not 'mat', did you mean 'matt'?");
  CHECK(Problem({"south", "cellar"}) == "ROOM must be hall or kitchen, not 'cellar'");
  CHECK(ParseArguments(Paint(), {"south", "hall", "--finish=gloss"}).ok());
}

TEST_CASE("an option of other commands is told as such", "[cli]") {
  CHECK(Problem({"north", "--slots", "2"}) ==
        "unknown option '--slots'; it belongs to run; 'sweepformer paint --help' lists the "
        "options");
  Command command = Paint();
  command.options.push_back({"format", 0, "FORM", "csv or json"});
  CHECK(ParseArguments(command, {"north", "--json"}).status().message() ==
        "unknown option '--json', did you mean '--format json'?");
}

TEST_CASE("abbreviations are not guessed", "[cli]") {
  CHECK(Problem({"north", "--col", "red"}) == "unknown option '--col', did you mean '--color'?");
}

TEST_CASE("whole numbers are checked against their range", "[cli]") {
  const Arguments arguments = ParseArguments(Paint(), {"a", "--coat", "x"}).value();
  CHECK(arguments.Integer("coat", 1, 9).status().message() ==
        "--coat must be a whole number from 1 to 9, not 'x'");
  CHECK_FALSE(arguments.Integer("color", 1, 9).value().has_value());
}

TEST_CASE("every command has an about line and an example", "[cli]") {
  for (const Command& command : Commands()) {
    INFO(command.name);
    CHECK(command.about.ends_with('.'));
    CHECK_FALSE(command.examples.empty());
    CHECK(command.run != nullptr);
  }
}
