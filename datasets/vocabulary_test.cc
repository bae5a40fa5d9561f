#include "datasets/vocabulary.h"

#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer::datasets;

TEST_CASE("frequent tokens get small ids and equal ones stand in byte order",
          "[datasets][vocabulary]") {
  const Vocabulary vocabulary = VocabularyOf("b a c a Z c é");
  CHECK(vocabulary.Id("a") == 4);
  CHECK(vocabulary.Id("c") == 5);
  CHECK(vocabulary.Id("b") == 6);
  CHECK(vocabulary.Id("z") == 7);
  CHECK(vocabulary.Id("é") == 8);
  CHECK(vocabulary.size() == 9);
  CHECK(vocabulary.Words() == std::vector<std::string>{"a", "c", "b", "z", "é"});
}

TEST_CASE("tokens beyond the size, too rare or never seen are unknown", "[datasets][vocabulary]") {
  const auto choose = [](std::int64_t vocab_size, std::int64_t min_count) {
    return VocabularyOf("a a a b b c", vocab_size, min_count);
  };
  CHECK(choose(5, 1).Id("b") == kUnknown);
  CHECK(choose(5, 1).size() == 5);
  CHECK(choose(100, 2).Id("b") == 5);
  CHECK(choose(100, 2).Id("c") == kUnknown);
  CHECK(choose(100, 1).Id("d") == kUnknown);
  CHECK(choose(2, 1).size() == kSpecialIds);
}

TEST_CASE("the special ids never change", "[datasets][vocabulary]") {
  CHECK(kPad == 0);
  CHECK(kUnknown == 1);
  CHECK(kCls == 2);
  CHECK(kSep == 3);
}

TEST_CASE("the vocabulary of bytes knows them all, in their order", "[datasets][vocabulary]") {
  const Vocabulary bytes = Vocabulary::OfBytes();
  CHECK(bytes.size() == kSpecialIds + 256);
  CHECK(bytes.Id(ByteToken(0)) == kSpecialIds);
  CHECK(bytes.Id(ByteToken('A')) == kSpecialIds + 'A');
  CHECK(bytes.Words().back() == "<0xFF>");
}

TEST_CASE("a vocabulary can be of characters", "[datasets][vocabulary]") {
  const Vocabulary vocabulary = VocabularyOf("Aa a", 100, 1, Tokenization::kCharacter);
  CHECK(vocabulary.Words() == std::vector<std::string>{"a", " ", "A"});
}
