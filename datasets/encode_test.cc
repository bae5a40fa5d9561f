#include "datasets/encode.h"

#include <catch2/catch.hpp>

using namespace sweepformer::datasets;

namespace {

using Ids = std::vector<std::int32_t>;

Vocabulary Known() {
  TokenCounter counter;
  counter.Add("a a a a b b b c c d");  // 4, 5, 6, 7
  return counter.Choose(100, 1);
}

const Review kReview{"A b", "c x d", 1, 0, ""};

Ids Encoded(Input input, int max_length, const Review& review = kReview) {
  EncodedReviews encoded;
  encoded.Append(review, input, Known(), max_length);
  const auto sequence = encoded.Sequence(0);
  return {sequence.begin(), sequence.end()};
}

std::int64_t Truncated(int max_length) {
  EncodedReviews encoded;
  encoded.Append(kReview, Input::kBoth, Known(), max_length);
  return encoded.truncated();
}

}  // namespace

TEST_CASE("title, body or both are encoded behind CLS", "[datasets][encode]") {
  CHECK(Encoded(Input::kTitle, 16) == Ids{kCls, 4, 5});
  CHECK(Encoded(Input::kBody, 16) == Ids{kCls, 6, kUnknown, 7});
  CHECK(Encoded(Input::kBoth, 16) == Ids{kCls, 4, 5, kSep, 6, kUnknown, 7});
}

TEST_CASE("a review without text is a lone CLS", "[datasets][encode]") {
  CHECK(Encoded(Input::kTitle, 16, {"", "c", 1, 0, ""}) == Ids{kCls});
  CHECK(Encoded(Input::kBoth, 16, {"", "c", 1, 0, ""}) == Ids{kCls, kSep, 6});
}

TEST_CASE("long inputs lose their end and are counted", "[datasets][encode]") {
  CHECK(Encoded(Input::kBoth, 5) == Ids{kCls, 4, 5, kSep, 6});
  CHECK(Encoded(Input::kBoth, 3) == Ids{kCls, 4, 5});
  CHECK(Encoded(Input::kBoth, 1) == Ids{kCls});
  CHECK(Truncated(7) == 0);
  CHECK(Truncated(6) == 1);
  CHECK(Truncated(3) == 1);
}

TEST_CASE("sequences and labels stand in the order they were appended", "[datasets][encode]") {
  EncodedReviews encoded;
  const Vocabulary vocabulary = Known();
  encoded.Append({"a", "", 1, 0, ""}, Input::kTitle, vocabulary, 8);
  encoded.Append({"b c", "", 0, 0, ""}, Input::kTitle, vocabulary, 8);
  CHECK(encoded.size() == 2);
  CHECK(encoded.Length(0) == 2);
  CHECK(encoded.Length(1) == 3);
  CHECK(encoded.Sequence(1)[2] == 6);
  CHECK(encoded.labels() == std::vector<std::int64_t>{1, 0});
}

TEST_CASE("input modes have their words", "[datasets][encode]") {
  CHECK(InputOfWord("title") == Input::kTitle);
  CHECK(InputOfWord("body") == Input::kBody);
  CHECK(InputOfWord("both") == Input::kBoth);
  CHECK(InputOfWord("Both") == std::nullopt);
}

TEST_CASE("bytes are encoded by their value and none is unknown", "[datasets][encode]") {
  EncodedReviews encoded;
  encoded.Append({"", "a\xFF\n", 1, 0, ""}, Input::kBody, Vocabulary::OfBytes(), 16);
  const auto ids = encoded.Sequence(0);
  CHECK(Ids(ids.begin(), ids.end()) ==
        Ids{kCls, kSpecialIds + 'a', kSpecialIds + 0xFF, kSpecialIds + '\n'});
  encoded.Append({"", "abcdef", 1, 0, ""}, Input::kBody, Vocabulary::OfBytes(), 4);
  CHECK(encoded.Length(1) == 4);
  CHECK(encoded.truncated() == 1);
}

TEST_CASE("the whole length is that of the sequence before it is cut", "[datasets][encode]") {
  for (const Input input : {Input::kTitle, Input::kBody, Input::kBoth})
    CHECK(WholeLength(kReview, input, Tokenization::kWord) ==
          static_cast<std::int64_t>(Encoded(input, 100).size()));
  CHECK(WholeLength(kReview, Input::kBody, Tokenization::kByte) == 6);
  CHECK(WholeLength({"", "é", 1, 0, ""}, Input::kBody, Tokenization::kByte) == 3);
  CHECK(WholeLength({"", "é", 1, 0, ""}, Input::kBody, Tokenization::kCharacter) == 2);
}
