#include "orchestrator/core/printable.h"

#include <catch2/catch.hpp>
#include <string>

using namespace sweepformer;

TEST_CASE("what a terminal would obey is made visible", "[printable]") {
  CHECK(Printable("\x1b[31mred\a\x7f") == "\\x1b[31mred\\x07\\x7f");
  CHECK(Printable("one\r\ntwo\tthree") == "one\\x0d\ntwo\tthree");
  CHECK(Printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");
  CHECK(PrintableLine("a\r\nb\tc\x1b") == "a\\r\\nb\\tc\\x1b");
}

TEST_CASE("text in any language is left alone", "[printable]") {
  for (const char* text : {"", "plain", "\u00e4 \u20ac \u6f22 \U0001f600", "\u00a0"}) {
    CHECK(Printable(text) == text);
    CHECK(IsUtf8(text));
  }
}

TEST_CASE("bytes that are not UTF-8 are shown as such", "[printable]") {
  for (const char* bytes : {"\xff", "\xc3", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80",
                            "\xf4\x90\x80\x80", "\xf0\x80\x80\xaf", "\xe2\x82"}) {
    INFO(Printable(bytes));
    CHECK_FALSE(IsUtf8(bytes));
    CHECK(Printable(bytes).starts_with("\\x"));
    CHECK(IsUtf8(Printable(bytes)));
  }
  CHECK(Printable("caf\xe9 au lait") == "caf\\xe9 au lait");
}

TEST_CASE("what is too long is cut between characters", "[printable]") {
  CHECK(Shortened("short", 5) == "short");
  CHECK(Shortened("longer", 5) == "lo…");
  CHECK(Shortened("éééé", 7) == "éé…");
  CHECK(Shortened("éééé", 6) == "é…");
  CHECK(Shortened("xyz", 1) == "…");
}

TEST_CASE("a word is quoted as a shell needs it", "[printable]") {
  CHECK(ShellWord("experiments/demo.toml") == "experiments/demo.toml");
  CHECK(ShellWord("lr study") == "'lr study'");
  CHECK(ShellWord("") == "''");
  CHECK(ShellWord("it's") == "'it'\\''s'");
  for (const char* text : {"a\tb", "[1]", "{x}", "a\nb", "caf\u00e9"}) {
    CHECK(ShellWord(text) == "'" + std::string(text) + "'");
  }
}
