#include "datasets/vocabulary.h"

#include <catch2/catch.hpp>

using namespace sweepformer::datasets;

TEST_CASE("frequent tokens get small ids and equal ones stand in byte order",
          "[datasets][vocabulary]") {
  TokenCounter counter;
  counter.Add("b a c a");
  counter.Add("Z c é");
  const Vocabulary vocabulary = counter.Choose(100, 1);
  CHECK(vocabulary.Id("a") == 4);
  CHECK(vocabulary.Id("c") == 5);
  CHECK(vocabulary.Id("b") == 6);
  CHECK(vocabulary.Id("z") == 7);
  CHECK(vocabulary.Id("é") == 8);
  CHECK(vocabulary.size() == 9);
  CHECK(vocabulary.Words() == std::vector<std::string>{"a", "c", "b", "z", "é"});
}

TEST_CASE("tokens beyond the size, too rare or never seen are unknown", "[datasets][vocabulary]") {
  TokenCounter counter;
  counter.Add("a a a b b c");
  CHECK(counter.Choose(5, 1).Id("b") == kUnknown);
  CHECK(counter.Choose(5, 1).size() == 5);
  CHECK(counter.Choose(100, 2).Id("b") == 5);
  CHECK(counter.Choose(100, 2).Id("c") == kUnknown);
  CHECK(counter.Choose(100, 1).Id("d") == kUnknown);
  CHECK(counter.Choose(2, 1).size() == kSpecialIds);
}

TEST_CASE("the special ids never change", "[datasets][vocabulary]") {
  CHECK(kPad == 0);
  CHECK(kUnknown == 1);
  CHECK(kCls == 2);
  CHECK(kSep == 3);
}
