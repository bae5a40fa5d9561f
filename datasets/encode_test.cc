#include "datasets/encode.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "datasets/testing.h"

using namespace sweepformer::datasets;

namespace {

using Ids = std::vector<std::int32_t>;

const Review kReview{"A b", "c x d", 1, 0, "", Part::kNone};

/// Words are numbered from kSpecialIds in the order they occur in, "x" is unknown.
EncodedReviews Encoded(const std::vector<Review>& reviews, const SequenceForm& form,
                       Tokenization tokenization = Tokenization::kWord) {
  const TokenTable table = TableOf(reviews, tokenization);
  std::vector<std::int32_t> ids(table.words().size());
  std::iota(ids.begin(), ids.end(), kSpecialIds);
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (table.words()[i] == "x") ids[i] = kUnknown;
  std::vector<std::int64_t> all(reviews.size());
  std::iota(all.begin(), all.end(), 0);
  return Encode(table, all, form, ids);
}

Ids IdsOf(Input input, int max_length, const Review& review = kReview) {
  const EncodedReviews encoded = Encoded({review}, {input, max_length});
  const auto sequence = encoded.Sequence(0);
  return {sequence.begin(), sequence.end()};
}

std::int64_t Truncated(int max_length) {
  return Encoded({kReview}, {Input::kBoth, max_length}).truncated();
}

}  // namespace

TEST_CASE("title, body or both are encoded behind CLS", "[datasets][encode]") {
  CHECK(IdsOf(Input::kTitle, 16) == Ids{kCls, 4, 5});
  CHECK(IdsOf(Input::kBody, 16) == Ids{kCls, 6, kUnknown, 8});
  CHECK(IdsOf(Input::kBoth, 16) == Ids{kCls, 4, 5, kSep, 6, kUnknown, 8});
}

TEST_CASE("a review without text is a lone CLS", "[datasets][encode]") {
  CHECK(IdsOf(Input::kTitle, 16, {"", "c", 1, 0, "", Part::kNone}) == Ids{kCls});
  CHECK(IdsOf(Input::kBoth, 16, {"", "c", 1, 0, "", Part::kNone}) == Ids{kCls, kSep, 4});
}

TEST_CASE("long inputs lose their end and are counted", "[datasets][encode]") {
  CHECK(IdsOf(Input::kBoth, 5) == Ids{kCls, 4, 5, kSep, 6});
  CHECK(IdsOf(Input::kBoth, 3) == Ids{kCls, 4, 5});
  CHECK(IdsOf(Input::kBoth, 1) == Ids{kCls});
  CHECK(Truncated(7) == 0);
  CHECK(Truncated(6) == 1);
  CHECK(Truncated(3) == 1);
}

TEST_CASE("a long input keeps what it is told to, a pair a part of both sentences",
          "[datasets][encode]") {
  const Review pair{"a b c d e", "f g h i", 1, 0, "", Part::kNone};  // from 4 on
  const auto ids = [&](const SequenceForm& form) {
    const EncodedReviews encoded = Encoded({pair}, form);
    CHECK(encoded.truncated() == 1);
    const auto sequence = encoded.Sequence(0);
    return Ids(sequence.begin(), sequence.end());
  };
  CHECK(ids({Input::kBoth, 6, Truncation::kTail}) == Ids{kCls, kSep, 9, 10, 11, 12});
  CHECK(ids({Input::kBoth, 6, Truncation::kHead, true}) == Ids{kCls, 4, 5, kSep, 9, 10});
  CHECK(ids({Input::kBoth, 6, Truncation::kTail, true}) == Ids{kCls, 7, 8, kSep, 11, 12});
  CHECK(ids({Input::kTitle, 3, Truncation::kTail, true}) == Ids{kCls, 7, 8});
}

TEST_CASE("sequences and labels stand in the order they were asked for", "[datasets][encode]") {
  const EncodedReviews encoded = Encoded(
      {{"a", "", 1, 0, "", Part::kNone}, {"b c", "", 0, 0, "", Part::kNone}}, {Input::kTitle, 8});
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
  const EncodedReviews encoded =
      Encoded({{"", "a\xFF\n", 1, 0, "", Part::kNone}, {"", "abcdef", 1, 0, "", Part::kNone}},
              {Input::kBody, 4}, Tokenization::kByte);
  const auto ids = encoded.Sequence(0);
  CHECK(Ids(ids.begin(), ids.end()) ==
        Ids{kCls, kSpecialIds + 'a', kSpecialIds + 0xFF, kSpecialIds + '\n'});
  CHECK(encoded.Length(1) == 4);
  CHECK(encoded.truncated() == 1);
}

TEST_CASE("the whole length is that of the sequence before it is cut", "[datasets][encode]") {
  const auto length = [](const Review& review, Input input, Tokenization tokenization) {
    return WholeLength(TableOf({review}, tokenization), 0, input);
  };
  for (const Input input : {Input::kTitle, Input::kBody, Input::kBoth})
    CHECK(length(kReview, input, Tokenization::kWord) ==
          static_cast<std::int64_t>(IdsOf(input, 100).size()));
  CHECK(length(kReview, Input::kBody, Tokenization::kByte) == 6);
  const Review accent{"", "é", 1, 0, "", Part::kNone};
  CHECK(length(accent, Input::kBody, Tokenization::kByte) == 3);
  CHECK(length(accent, Input::kBody, Tokenization::kCharacter) == 2);
}

TEST_CASE("words are counted in what the input reads of the reviews asked for",
          "[datasets][encode]") {
  const TokenTable table = TableOf({kReview, {"b", "b c", 0, 0, "", Part::kNone}});
  CHECK(CountWords(table, std::vector<std::int64_t>{0, 1}, Input::kBoth) ==
        std::vector<std::int64_t>{1, 3, 2, 1, 1});
  CHECK(CountWords(table, std::vector<std::int64_t>{1}, Input::kBody) ==
        std::vector<std::int64_t>{0, 1, 1, 0, 0});
}
