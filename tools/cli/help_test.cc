#include "tools/cli/help.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "orchestrator/core/golden.h"

using namespace sweepformer;
using namespace sweepformer::cli;

namespace {

Command Paint() {
  Command command;
  command.name = "paint";
  command.about = "Paints a wall.";
  command.positionals = {{"WALL"}, {"ROOM", false}};
  command.options = {{"color", 'c', "NAME", "which color"},
                     {"coat", 0, "N", "how many times", true},
                     {"dry", 0, "", "let it dry"}};
  command.examples = {{"sweepformer paint north -c red", "a red wall"}};
  command.details = "Paint\nis wet.\n\n  kept as\n  it is";
  return command;
}

std::vector<std::string> LinesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

bool IsWide(const std::string& line) {
  return line.size() > 80 && !line.starts_with("  sweepformer ");  // what is typed may be
}

void CheckGolden(const std::string& name, const std::string& text) {
  testing::CheckGolden(SWEEPFORMER_SOURCE_DIR "/tools/cli/testdata/help/" + name + ".txt", text);
}

}  // namespace

TEST_CASE("help shows examples first", "[help]") {
  CHECK(ShortHelp(Paint()) ==
        "Paints a wall.\n\n"
        "  sweepformer paint north -c red\n"
        "      a red wall\n\n"
        "options:\n"
        "  -c, --color NAME  which color\n"
        "      --coat N      how many times\n"
        "      --dry         let it dry\n\n"
        "'sweepformer paint --help' says more\n");
}

TEST_CASE("long help has everything, its paragraphs filled", "[help]") {
  CHECK_THAT(LongHelp(Paint()), Catch::Contains("usage: sweepformer paint WALL [ROOM] [options]") &&
                                    Catch::EndsWith("\nPaint is wet.\n\n  kept as\n  it is\n"));
}

TEST_CASE("short help leaves out the examples that do not fit the screen", "[help]") {
  Command command = Paint();
  command.examples.assign(20, {"sweepformer paint south", "again"});
  CHECK(LinesOf(ShortHelp(command)).size() == 23);
  CHECK(LinesOf(LongHelp(command)).size() > 40);
}

TEST_CASE("a long command is folded as a shell reads it", "[help]") {
  CHECK(FoldCommand("sweepformer paint north --color red") ==
        "sweepformer paint north --color red");
  CHECK(FoldCommand("sweepformer paint the-wall-in-the-north-of-the-house --color red --coat 3") ==
        "sweepformer paint the-wall-in-the-north-of-the-house --color red --coat 3");
  CHECK(FoldCommand("sweepformer paint the-wall-in-the-north-of-the-house --color red --coat 3 "
                    "--dry") ==
        "sweepformer paint the-wall-in-the-north-of-the-house --color red --coat 3 \\\n"
        "      --dry");
}

TEST_CASE("every command's short help fits a terminal of 80 by 24", "[help]") {
  for (const Command& command : Commands()) {
    INFO(command.name);
    const auto lines = LinesOf(ShortHelp(command));
    CHECK(lines.size() <= 24);
    CHECK(std::none_of(lines.begin(), lines.end(), IsWide));
  }
  CHECK(LinesOf(ShortHelp()).size() <= 24);
}

TEST_CASE("help reads as it did", "[help]") {
  CheckGolden("sweepformer", ShortHelp() + "----\n" + LongHelp());
  for (const Command& command : Commands()) {
    if (command.hidden) continue;
    CheckGolden(command.name, ShortHelp(command) + "----\n" + LongHelp(command));
  }
}
