#include "orchestrator/core/suggest.h"

#include <catch2/catch.hpp>

using namespace sweepformer;

TEST_CASE("the nearest candidate is suggested, and nothing when none is near", "[core]") {
  const std::vector<std::string> names = {"compression", "sharing", "attention", "lr"};
  CHECK(Nearest("compresion", names) == "compression");
  CHECK(Nearest("Sharign", names) == "sharing");
  CHECK(Nearest("attnetion", names) == "attention");
  CHECK(Nearest("rl", names) == "lr");
  CHECK(Nearest("colour", names).empty());
  CHECK(DidYouMean("compresion", names) == ", did you mean 'compression'?");
  CHECK(DidYouMean("zzz", names).empty());
}

TEST_CASE("very short words are not guessed at", "[core]") {
  CHECK(Nearest("1", {"a", "b"}).empty());
  CHECK(Nearest("b", {"a", "x"}).empty());
  CHECK(Nearest("A", {"b", "a"}) == "a");
  CHECK(Nearest("hed", {"head", "bee"}) == "head");
  CHECK(Nearest("abc", {"acx"}).empty());
}

TEST_CASE("lists read as English", "[core]") {
  CHECK(JoinWords({"a"}) == "'a'");
  CHECK(JoinWords({"a", "b", "c"}) == "'a', 'b' or 'c'");
  CHECK(JoinWords({"a", "b"}, "and", false) == "a and b");
}
