#include "orchestrator/spec/source.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

namespace {

/// The line shown and the caret's line.
std::string Shown(const std::string& line, int column) {
  const std::string message = SourceText("x", line).Error({1, column}, "m").message();
  return message.substr(message.find('\n') + 1);
}

}  // namespace

TEST_CASE("a long line is cut around the column", "[spec][golden]") {
  const std::string line = std::string(200, 'a') + "X" + std::string(200, 'b');
  CHECK(Shown(line, 201) == "    1 | ..." + std::string(50, 'a') + "X" + std::string(50, 'b') +
                                "...\n      |    " + std::string(50, ' ') + "^");
  CHECK(Shown(line, 1).size() < 100);
}

TEST_CASE("places in a text are counted in characters", "[spec]") {
  const Location begin{3, 18};
  CHECK(begin.Into("größe={x}", 8).column == 24);
  CHECK(begin.Into("a\ngröße={x}", 10).column == 18);
  CHECK_FALSE(Location{}.Into("ab", 1).known());
}

TEST_CASE("control characters and stray bytes do not reach the terminal", "[spec][golden]") {
  CHECK(Shown("a\x1b[3m\x7f\x80!", 8) ==
        "    1 | a\\x1b[3m\\x7f\\x80!\n"
        "      | " +
            std::string(16, ' ') + "^");
}

TEST_CASE("a caret counts characters, not bytes, and keeps tabs", "[spec][golden]") {
  CHECK(Shown("\tgr\xc3\xb6\xc3\x9f"
              "e = 1",
              7) ==
        "    1 | \tgr\xc3\xb6\xc3\x9f"
        "e = 1\n      | \t     ^");
}
