#include "datasets/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "datasets/split.h"
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

/// What Prepare gives, straight from the reviews: every token looked up in a map, one by one.
class ByHand {
 public:
  ByHand(const Corpus& corpus, Input input, Tokenization kind)
      : corpus_(corpus), input_(input), kind_(kind) {}

  void Choose(const std::vector<std::int64_t>& part, std::size_t vocab_size, std::int64_t least) {
    std::map<std::string, std::int64_t> counts;
    for (const std::int64_t i : part)
      for (const std::string& token : Tokens(i)) ++counts[token];
    std::vector<std::pair<std::int64_t, std::string>> ranked;
    for (const auto& [token, count] : counts)
      if (count >= least && token != "[SEP]") ranked.emplace_back(-count, token);
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < std::min(ranked.size(), vocab_size - kSpecialIds); ++i)
      ids_[ranked[i].second] = static_cast<std::int32_t>(ids_.size()) + kSpecialIds;
  }

  std::vector<std::int32_t> Sequence(std::int64_t i, std::size_t max_length) const {
    std::vector<std::int32_t> sequence = {kCls};
    for (const std::string& token : Tokens(i)) {
      const auto known = ids_.find(token);
      sequence.push_back(token == "[SEP]" ? kSep : known == ids_.end() ? kUnknown : known->second);
    }
    sequence.resize(std::min(sequence.size(), max_length));
    return sequence;
  }

 private:
  std::vector<std::string> Tokens(std::int64_t i) const {
    const Review& review = corpus_.reviews[static_cast<std::size_t>(i)];
    std::vector<std::string> all;
    if (input_ != Input::kBody) Cut(review.title, all);
    if (input_ == Input::kBoth) all.push_back("[SEP]");
    if (input_ != Input::kTitle) Cut(review.body, all);
    return all;
  }
  void Cut(const std::string& text, std::vector<std::string>& all) const {
    Tokenizer tokens(text, kind_);
    for (std::string token; tokens.Next(token);) all.push_back(token);
  }

  const Corpus& corpus_;
  Input input_;
  Tokenization kind_;
  std::map<std::string, std::int32_t> ids_;
};

void CheckSame(const EncodedReviews& samples, const ByHand& by_hand,
               const std::vector<std::int64_t>& part, std::size_t max_length) {
  REQUIRE(samples.size() == static_cast<std::int64_t>(part.size()));
  bool same = true;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    const auto expected = by_hand.Sequence(part[static_cast<std::size_t>(i)], max_length);
    const auto sequence = samples.Sequence(i);
    same = same && std::equal(sequence.begin(), sequence.end(), expected.begin(), expected.end());
  }
  CHECK(same);
}

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
  CHECK(reviews.ErrorOf({{"truncation", "middle"}}) ==
        "truncation = 'middle'; use head, tail or head+tail");
  CHECK(reviews.ErrorOf({{"second_test", "amazon-polarity"}}) ==
        "second_test = 'amazon-polarity' is the dataset itself; name another or leave it out");
  CHECK(reviews.ErrorOf({{"second_test", "listops"}})
            .starts_with("second_test = 'listops' has other labels than amazon-polarity"));
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
        "tokenizer = 'wort'; use word, character, byte, unigram or bpe");
}

TEST_CASE("test items tell how long they were before they were cut", "[datasets][prepare]") {
  const PreparedData data = Reviews().Prepared({{"max_length", std::int64_t{3}}});
  REQUIRE(data.test_items.size() == static_cast<std::size_t>(data.test.size()));
  for (const TestItem& item : data.test_items) CHECK(item.length == 5);
}

TEST_CASE("what is prepared by way of the cache is what the reviews give", "[datasets][prepare]") {
  const TemporaryCache cache;
  DatasetRequest request;
  request.name = "synthetic-reviews";
  request.rows = 600;
  const Corpus corpus = Load(request).value();
  std::vector<SplitMember> members;
  for (const Review& review : corpus.reviews) members.push_back({ReviewKey(review), review.part});
  const Split split = SplitReviews(members, {3, 0.2, 0.2, 300}).value();
  for (const auto& [word, kind] :
       {std::pair("word", Tokenization::kWord), std::pair("character", Tokenization::kCharacter)}) {
    for (const char* input : {"title", "body", "both"}) {
      INFO(word << ' ' << input);
      ByHand by_hand(corpus, InputOfWord(input).value(), kind);
      by_hand.Choose(split.train, 60, 3);
      const Parameters parameters = {{"rows", std::int64_t{600}},
                                     {"split_seed", std::int64_t{3}},
                                     {"valid_share", 0.2},
                                     {"test_share", 0.2},
                                     {"train_rows", std::int64_t{300}},
                                     {"input", input},
                                     {"tokenizer", word},
                                     {"max_length", std::int64_t{40}},
                                     {"vocab_size", std::int64_t{60}},
                                     {"min_count", std::int64_t{3}}};
      const auto data = Prepare(parameters, 1, "");
      REQUIRE(data.ok());
      CheckSame(data->train, by_hand, split.train, 40);
      CheckSame(data->valid, by_hand, split.valid, 40);
      CheckSame(data->test, by_hand, split.test, 40);
      CHECK(data->counts == corpus.counts);
      CHECK(data->test_items.size() == split.test.size());
    }
  }
}

TEST_CASE("a second set is judged with what the first has taught", "[datasets][prepare]") {
  const TemporaryCache cache;
  const Reviews reviews;
  const PreparedData alone = reviews.Prepared({});
  const PreparedData data = reviews.Prepared({{"second_test", "synthetic-reviews"}});
  CHECK_FALSE(alone.second.has_value());
  REQUIRE(data.second.has_value());
  CHECK(data.test.labels() == alone.test.labels());
  CHECK(data.vocabulary.Words() == alone.vocabulary.Words());
  const PreparedData second = Prepare({}, 1, "").value();
  CHECK(data.second->reviews.labels() == second.test.labels());
  CHECK(data.second->also_learned == 0);
  const PreparedData fewer =
      reviews.Prepared({{"second_test", "synthetic-reviews"}, {"test_rows", std::int64_t{20}}});
  CHECK(fewer.test.size() == 20);
  CHECK(fewer.second->reviews.size() == 20);
  CHECK(UnknownTokens(data.second->reviews) > UnknownTokens(data.test));
}

TEST_CASE("a second set whose test part is drawn is not bound by the first one's valid_share",
          "[datasets][prepare]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const Reviews reviews;
  const auto test = folder.Write("test.txt", "__label__1 t: one more\n__label__2 t: and another\n");
  const PreparedData data = reviews.Prepared(
      {{"test_path", test.string()}, {"valid_share", 0.8}, {"second_test", "synthetic-reviews"}});
  CHECK(data.test.size() == 2);
  CHECK(data.second->reviews.labels() == Prepare({}, 1, "").value().test.labels());
}

TEST_CASE("a second set is read by the same choices as the first", "[datasets][prepare]") {
  const auto request = [](const char* second) {
    return RequestFrom({{"dataset", "amazon-multi"},
                        {"star_classes", "extremes"},
                        {"empty_title", "drop"},
                        {"second_test", second}},
                       "");
  };
  const DatasetRequest of_stars = SecondTestOf(request("amazon-earphones").value());
  CHECK(of_stars.star_classes == StarClasses::kExtremes);
  CHECK(of_stars.empty_title == EmptyTitle::kDrop);
  // It calls its classes the same, but has no stars of which to take the extremes.
  CHECK(MessageOf(request("imdb")).starts_with("second_test = 'imdb' has other labels"));
}

TEST_CASE("what a run has learned from is left out of its second test", "[datasets][prepare]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  std::string lines;
  for (int i = 0; i < 40; ++i) {
    const std::string body = fmt::format("review number {}", i);
    lines += fmt::format("__label__{} {}\n", i % 2 + 1, body);
    folder.Write(fmt::format("aclImdb/test/{}/{}_{}.txt", i % 2 ? "pos" : "neg", i, i % 2 ? 9 : 2),
                 body);
  }
  for (int i = 0; i < 20; ++i) {
    folder.Write(fmt::format("aclImdb/train/pos/{}_8.txt", i), fmt::format("good {}", i));
    folder.Write(fmt::format("aclImdb/train/neg/{}_1.txt", i), fmt::format("bad {}", i));
  }
  const auto data = Prepare({{"dataset", "amazon-polarity"},
                             {"data_path", folder.Write("some.txt", lines).string()},
                             {"second_test", "imdb"}},
                            1, folder.path());
  INFO(MessageOf(data));
  REQUIRE(data.ok());
  CHECK(data->second->also_learned == data->train.size() + data->valid.size());
  CHECK(data->second->reviews.size() == data->test.size());
}

TEST_CASE("pairs keep a part of both sentences, however long", "[datasets][prepare]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  for (const char* part : {"train", "dev"}) {
    std::string lines = "index\tsentence1\tsentence2\tlabel\n";
    for (int i = 0; i < 40; ++i)
      lines += fmt::format("{}\ta long first sentence of {} number {}\tsecond {}\t{}\n", i, part, i,
                           i, i % 2 ? "entailment" : "not_entailment");
    folder.Write(fmt::format("RTE/{}.tsv", part), lines);
  }
  const auto data = Prepare(
      {{"dataset", "rte"}, {"input", "both"}, {"max_length", std::int64_t{7}}}, 1, folder.path());
  INFO(MessageOf(data));
  REQUIRE(data.ok());
  CHECK(data->pairs);
  CHECK(data->train.truncated() == data->train.size());
  for (std::int64_t i = 0; i < data->train.size(); ++i) {
    const auto sequence = data->train.Sequence(i);
    REQUIRE(sequence.size() == 7);
    CHECK(sequence[4] == kSep);  // three of the first sentence, two of the second
  }
  const auto titles = Prepare({{"dataset", "rte"}, {"input", "title"}}, 1, folder.path());
  REQUIRE(titles.ok());
  CHECK_FALSE(titles->pairs);
}
