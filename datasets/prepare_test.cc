#include "datasets/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

/// Reviews in fastText form; the word "both" is everywhere, "only<i>" in one review each.
class Reviews {
 public:
  Reviews() {
    std::string lines;
    for (int i = 0; i < 200; ++i)
      lines += fmt::format("__label__{} title{}: both only{} twice twice\n", i % 2 + 1, i % 3, i);
    path_ = folder_.Write("reviews.txt", lines).string();
  }

  PreparedData Prepared(Parameters parameters, std::int64_t seed = 1) const {
    auto data = Prepare(Named(std::move(parameters)), seed, "");
    INFO(MessageOf(data));
    REQUIRE(data.ok());
    return std::move(data).value();
  }

  std::string ErrorOf(Parameters parameters) const {
    return MessageOf(Prepare(Named(std::move(parameters)), 1, ""));
  }

 private:
  Parameters Named(Parameters parameters) const {
    parameters["dataset"] = "amazon-polarity";
    parameters["data_path"] = path_;
    return parameters;
  }

  TemporaryFolder folder_;
  std::string path_;
};

std::int64_t UnknownTokens(const EncodedReviews& samples) {
  std::int64_t unknown = 0;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    const auto sequence = samples.Sequence(i);
    unknown += std::count(sequence.begin(), sequence.end(), kUnknown);
  }
  return unknown;
}

}  // namespace

TEST_CASE("every input mode has the same reviews in the same parts", "[datasets][prepare]") {
  const Reviews reviews;
  const PreparedData body = reviews.Prepared({{"input", "body"}});
  for (const char* input : {"title", "both"}) {
    const PreparedData other = reviews.Prepared({{"input", input}});
    CHECK(other.test.labels() == body.test.labels());
    CHECK(other.valid.labels() == body.valid.labels());
    CHECK(other.train.labels() == body.train.labels());
  }
  CHECK(body.test.size() + body.valid.size() + body.train.size() == 200);
}

TEST_CASE("the vocabulary knows words of the training part only", "[datasets][prepare]") {
  const PreparedData data = Reviews().Prepared({{"min_count", std::int64_t{1}}});
  CHECK(UnknownTokens(data.train) == 0);
  CHECK(UnknownTokens(data.test) == data.test.size());  // each only<i> was never seen
  CHECK(UnknownTokens(data.valid) == data.valid.size());
  CHECK(data.vocabulary.size() == kSpecialIds + 2 + data.train.size());
}

TEST_CASE("the vocabulary is chosen from what the input mode reads", "[datasets][prepare]") {
  const PreparedData data = Reviews().Prepared({{"input", "title"}});
  CHECK(data.vocabulary.size() == kSpecialIds + 3);
  CHECK(data.train.Length(0) == 2);
}

TEST_CASE("shuffled labels permute the training part and nothing else", "[datasets][prepare]") {
  const Reviews reviews;
  const PreparedData straight = reviews.Prepared({});
  const PreparedData shuffled = reviews.Prepared({{"shuffle_labels", std::int64_t{1}}});
  CHECK(shuffled.train.labels() != straight.train.labels());
  CHECK(std::is_permutation(shuffled.train.labels().begin(), shuffled.train.labels().end(),
                            straight.train.labels().begin(), straight.train.labels().end()));
  CHECK(shuffled.test.labels() == straight.test.labels());
  CHECK(shuffled.valid.labels() == straight.valid.labels());
  CHECK(reviews.Prepared({{"shuffle_labels", std::int64_t{1}}}, 2).train.labels() !=
        shuffled.train.labels());
}

TEST_CASE("no sequence is longer than max_length", "[datasets][prepare]") {
  const PreparedData data = Reviews().Prepared({{"max_length", std::int64_t{3}}});
  CHECK(data.max_length == 3);
  CHECK(data.train.Length(0) == 3);
  CHECK(data.train.truncated() == data.train.size());
}

TEST_CASE("parameters that make no sense are refused by name", "[datasets][prepare]") {
  const Reviews reviews;
  CHECK(reviews.ErrorOf({{"input", "head"}}) == "input = 'head'; use title, body or both");
  CHECK(reviews.ErrorOf({{"max_length", std::int64_t{0}}}) ==
        "max_length = 0 is not from 1 to 1048576");
  CHECK(
      reviews.ErrorOf({{"train_rows", std::int64_t{5000}}}).starts_with("train_rows = 5000, but"));
  CHECK(reviews.ErrorOf({{"test_share", 0.95}}).starts_with("valid_share = 0.1 and"));
  CHECK(reviews.ErrorOf({{"dataset", "amazon-polarity"}, {"test_share", "big"}}) ==
        "test_share = \"big\" is not a number");
}

TEST_CASE("a tokenizer decides what the vocabulary is of", "[datasets][prepare]") {
  const Reviews reviews;
  const PreparedData bytes = reviews.Prepared({{"tokenizer", "byte"}});
  CHECK(bytes.vocabulary.size() == kSpecialIds + 256);
  const std::int64_t whole = bytes.test_items[0].length;
  CHECK(bytes.test.Length(0) == whole);  // [CLS] and "both only<i> twice twice"
  CHECK((whole >= 23 && whole <= 25));
  const PreparedData characters = reviews.Prepared({{"tokenizer", "character"}});
  CHECK(characters.test.Length(0) == whole);
  CHECK(characters.vocabulary.Id("b") > kUnknown);
  CHECK(characters.vocabulary.Id("z") == kUnknown);
  CHECK(reviews.ErrorOf({{"tokenizer", "wort"}}) ==
        "tokenizer = 'wort'; use word, character or byte");
}

TEST_CASE("test items tell how long they were before they were cut", "[datasets][prepare]") {
  const PreparedData data = Reviews().Prepared({{"max_length", std::int64_t{3}}});
  REQUIRE(data.test_items.size() == static_cast<std::size_t>(data.test.size()));
  for (const TestItem& item : data.test_items) CHECK(item.length == 5);
}
