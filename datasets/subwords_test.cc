#include "datasets/subwords.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "datasets/prepare.h"
#include "datasets/synthetic_reviews.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

std::vector<std::string_view> BodiesOf(const std::vector<Review>& reviews) {
  std::vector<std::string_view> bodies;
  for (const Review& review : reviews) bodies.push_back(review.body);
  return bodies;
}

std::string Trained(SubwordKind kind, std::int64_t vocab_size, std::int64_t rows = 400) {
  const std::vector<Review> reviews = GenerateReviews(rows);
  auto model = TrainSubwords(kind, vocab_size, BodiesOf(reviews));
  INFO(MessageOf(model));
  REQUIRE(model.ok());
  return std::move(model).value();
}

/// The pieces of a review's title and body, a bar between them.
std::vector<std::string> PiecesOf(const TokenizedCorpus& tokens, std::size_t review) {
  std::vector<std::string> pieces;
  std::uint64_t at = review == 0 ? 0 : tokens.rows[review - 1].body_end;
  for (; at < tokens.rows[review].body_end; ++at) {
    if (at == tokens.rows[review].title_end) pieces.emplace_back("|");
    pieces.emplace_back(tokens.words.At(tokens.tokens[at]));
  }
  return pieces;
}

std::string Joined(const std::vector<std::string>& pieces) {
  std::string text;
  for (const std::string& piece : pieces) text += piece;
  return text;
}

}  // namespace

TEST_CASE("subwords have the special ids first and give their texts back", "[datasets][subwords]") {
  for (const SubwordKind kind : {SubwordKind::kUnigram, SubwordKind::kBpe}) {
    Corpus corpus;
    corpus.reviews = GenerateReviews(50);
    corpus.reviews.push_back({"Good &amp; CHEAP", "a<br />b", 1, 0, "", Part::kNone});
    const auto tokens = TokenizeSubwords(corpus, Trained(kind, 300));
    INFO(MessageOf(tokens));
    REQUIRE(tokens.ok());
    CHECK(tokens->words.ends.size() > 250);
    CHECK(tokens->words.ends.size() <= 300);
    CHECK(tokens->words.At(kPad) == "[PAD]");
    CHECK(tokens->words.At(kUnknown) == "[UNK]");
    CHECK(tokens->words.At(kCls) == "[CLS]");
    CHECK(tokens->words.At(kSep) == "[SEP]");
    CHECK(tokens->rows.size() == 51);
    CHECK(std::none_of(tokens->tokens.begin(), tokens->tokens.end(),
                       [](std::uint32_t id) { return id == kPad || id == kCls || id == kSep; }));
    CHECK(Joined(PiecesOf(*tokens, 50)).find("▁cheap|▁a▁b") != std::string::npos);
  }
}

TEST_CASE("the same texts teach the same subwords, other texts or sizes others",
          "[datasets][subwords]") {
  for (const SubwordKind kind : {SubwordKind::kUnigram, SubwordKind::kBpe}) {
    CHECK(Trained(kind, 200) == Trained(kind, 200));
    CHECK(Trained(kind, 200) != Trained(kind, 210));
    CHECK(Trained(kind, 200) != Trained(kind, 200, 300));
  }
  CHECK(Trained(SubwordKind::kUnigram, 200) != Trained(SubwordKind::kBpe, 200));
}

TEST_CASE("a vocabulary is smaller where the texts have fewer pieces", "[datasets][subwords]") {
  for (const SubwordKind kind : {SubwordKind::kUnigram, SubwordKind::kBpe}) {
    Corpus corpus;
    corpus.reviews = {{"", "aab", 0, 0, "", Part::kNone}};
    const auto model = TrainSubwords(kind, 1000, {"aab aab ab", "b"});
    INFO(MessageOf(model));
    REQUIRE(model.ok());
    const auto tokens = TokenizeSubwords(corpus, *model);
    REQUIRE(tokens.ok());
    CHECK(tokens->words.ends.size() < 20);
  }
}

TEST_CASE("subwords that cannot be learned say why", "[datasets][subwords]") {
  const std::string small =
      MessageOf(TrainSubwords(SubwordKind::kUnigram, 5, {"so many letters are here"}));
  CHECK(small.starts_with("sweepformer-subwords train failed: "));
  CHECK(small.find("change vocab_size (now 5)") != std::string::npos);
  CHECK(MessageOf(TokenizeSubwords({}, "no model")) != "");
}

TEST_CASE("a run learns its subwords from its training part, once", "[datasets][subwords]") {
  const TemporaryCache cache;
  const Parameters parameters = {
      {"rows", std::int64_t{300}}, {"tokenizer", "unigram"}, {"vocab_size", std::int64_t{150}}};
  const auto first = Prepare(parameters, 1, "");
  INFO(MessageOf(first));
  REQUIRE(first.ok());
  const auto again = Prepare(parameters, 1, "");
  REQUIRE(again.ok());
  CHECK(first->vocabulary.size() == 150);
  CHECK(first->vocabulary.Words() == again->vocabulary.Words());
  for (std::int64_t i = 0; i < first->train.size(); ++i)
    CHECK(std::ranges::equal(first->train.Sequence(i), again->train.Sequence(i)));
  CHECK(first->train.Sequence(0)[0] == kCls);
  Parameters other_split = parameters;
  other_split["split_seed"] = std::int64_t{1};
  CHECK(Prepare(other_split, 1, "")->vocabulary.Words() != first->vocabulary.Words());
}
