#include "datasets/synthetic_reviews.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>

#include "datasets/synthetic_lexicon.h"
#include "datasets/tokenizer.h"
#include "orchestrator/core/hash.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

using Tokens = std::vector<std::string>;

Tokens TokensOf(std::string_view text) {
  Tokens tokens;
  Tokenizer tokenizer(text);
  for (std::string token; tokenizer.Next(token);) tokens.push_back(token);
  return tokens;
}

std::int64_t CountWords(std::string_view text) {
  return text.empty() ? 0 : 1 + std::count(text.begin(), text.end(), ' ');
}

bool Holds(Words words, const std::string& token) {
  return std::find(words.begin(), words.end(), token) != words.end();
}

bool HoldsAny(Words words, const Tokens& tokens) {
  return std::any_of(tokens.begin(), tokens.end(),
                     [&](const std::string& token) { return Holds(words, token); });
}

bool HoldsDecidingWord(std::string_view text) {
  const SyntheticLexicon& lexicon = Lexicon();
  const Tokens tokens = TokensOf(text);
  return HoldsAny(lexicon.praise, tokens) || HoldsAny(lexicon.blame, tokens) ||
         HoldsAny(lexicon.slight, tokens) || HoldsAny(lexicon.sturdy, tokens);
}

/// A reader that knows the rules: what a text says, 1 or 0, or -1 where nothing in it decides.
class Oracle {
 public:
  static int Read(std::string_view text) {
    const Tokens tokens = TokensOf(text);
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const int said = SaidAt(tokens, i);
      if (said >= 0) return said;
    }
    return -1;
  }

 private:
  static int SaidAt(const Tokens& tokens, std::size_t i) {
    const SyntheticLexicon& lexicon = Lexicon();
    if (Holds(lexicon.slight, tokens[i])) return HoldsAny(lexicon.carried, tokens);
    if (Holds(lexicon.sturdy, tokens[i])) return HoldsAny(lexicon.household, tokens);
    const bool praise = Holds(lexicon.praise, tokens[i]);
    if (!praise && !Holds(lexicon.blame, tokens[i])) return -1;
    if (IsQuoted(tokens, i)) return -1;
    const bool denied = std::find(tokens.begin(), tokens.end(), "not") != tokens.end();
    return praise != denied;
  }

  /// "called it great", "thinks it is great": somebody else's word.
  static bool IsQuoted(const Tokens& tokens, std::size_t i) {
    return (i >= 2 && tokens[i - 2] == "called") || (i >= 3 && tokens[i - 3] == "thinks");
  }
};

/// Which sentence of a body decides, counted from 0.
struct Deciding {
  std::int64_t at = -1;
  std::int64_t sentences = 0;
};

Deciding DecidingSentence(std::string_view body) {
  Deciding deciding;
  for (; !body.empty(); ++deciding.sentences) {
    const std::string_view sentence = body.substr(0, body.find('.') + 1);
    if (HoldsDecidingWord(sentence)) deciding.at = deciding.sentences;
    body.remove_prefix(sentence.size());
  }
  return deciding;
}

using Field = std::string Review::*;

double AccuracyOf(const std::function<int(const Review&)>& reader,
                  const std::vector<Review>& reviews) {
  const auto right = std::count_if(reviews.begin(), reviews.end(), [&](const Review& review) {
    return reader(review) == review.label;
  });
  return static_cast<double>(right) / static_cast<double>(reviews.size());
}

/// Four standard deviations of the share of `count` draws of probability `p`.
double FourSigma(double p, std::size_t count) {
  return 4 * std::sqrt(p * (1 - p) / static_cast<double>(count));
}

/// Logistic regression over the words that occur, by stochastic gradient descent (Adagrad).
class BagOfWords {
 public:
  BagOfWords(const std::vector<Review>& reviews, Field field) : field_(field) {
    for (int epoch = 0; epoch < 20; ++epoch)
      for (const Review& review : reviews) Learn(review);
  }

  int Read(const Review& review) const { return Score(WordsOf(review)) > 0; }

 private:
  struct Weight {
    double value = 0, squares = 1;
  };

  std::set<std::string> WordsOf(const Review& review) const {
    const Tokens tokens = TokensOf(review.*field_);
    return {tokens.begin(), tokens.end()};
  }

  double Score(const std::set<std::string>& words) const {
    double score = 0;
    for (const std::string& word : words)
      if (const auto weight = weights_.find(word); weight != weights_.end())
        score += weight->second.value;
    return score;
  }

  void Learn(const Review& review) {
    const auto words = WordsOf(review);
    const double gradient = 1 / (1 + std::exp(-Score(words))) - review.label;
    for (const std::string& word : words) {
      Weight& weight = weights_[word];
      weight.squares += gradient * gradient;
      weight.value -= 0.5 * gradient / std::sqrt(weight.squares);
    }
  }

  Field field_;
  std::unordered_map<std::string, Weight> weights_;
};

/// The first `count` reviews and the same number after them.
std::pair<std::vector<Review>, std::vector<Review>> TwoParts(std::int64_t count) {
  auto first = GenerateReviews(2 * count);
  std::vector<Review> second(first.begin() + count, first.end());
  first.resize(static_cast<std::size_t>(count));
  return {std::move(first), std::move(second)};
}

}  // namespace

TEST_CASE("generated reviews never change while their version stays", "[datasets][synthetic]") {
  Hasher hasher;
  for (const Review& review : GenerateReviews(1000)) {
    hasher.Add(review.title + "\n" + review.body + "\n");
    hasher.Add(std::to_string(review.label));
  }
  CHECK(kGeneratorVersion == 1);
  CHECK(hasher.Hex() == "b7153bd3add6b109f84eee0874be42c8");
}

TEST_CASE("more rows only add reviews behind the first ones", "[datasets][synthetic]") {
  const auto few = GenerateReviews(10), many = GenerateReviews(30);
  CHECK(std::equal(few.begin(), few.end(), many.begin()));
  CHECK(GenerateReviews(0).empty());
}

TEST_CASE("generated titles have about five words and bodies 30 to 300", "[datasets][synthetic]") {
  const auto reviews = GenerateReviews(5000);
  double title_words = 0;
  std::int64_t shortest = 1000, longest = 0;
  for (const Review& review : reviews) {
    const std::int64_t words = CountWords(review.title);
    CHECK((words >= 3 && words <= 7));
    title_words += static_cast<double>(words);
    shortest = std::min(shortest, CountWords(review.body));
    longest = std::max(longest, CountWords(review.body));
  }
  CHECK(std::abs(title_words / 5000 - 5) < 0.5);
  CHECK((shortest >= 30 && shortest < 35));
  CHECK((longest > 270 && longest <= 300));
}

TEST_CASE("generated labels are balanced", "[datasets][synthetic]") {
  const auto reviews = GenerateReviews(10'000);
  const auto positive = AccuracyOf([](const Review&) { return 1; }, reviews);
  CHECK(std::abs(positive - 0.5) < FourSigma(0.5, reviews.size()));
}

TEST_CASE("the deciding sentence of a body stands anywhere behind the opening",
          "[datasets][synthetic]") {
  double first = 0, last = 0, expected = 0, middle = 0;
  const auto reviews = GenerateReviews(4000);
  for (const Review& review : reviews) {
    const Deciding deciding = DecidingSentence(review.body);
    REQUIRE(deciding.at >= 1);
    first += deciding.at == 1;
    last += deciding.at == deciding.sentences - 1;
    const auto places = static_cast<double>(deciding.sentences - 1);
    expected += 1 / places;
    middle += (static_cast<double>(deciding.at) - 0.5) / places;
  }
  // Of even draws, each place has the same share, and the mean lies in the middle.
  const double share = expected / 4000;
  CHECK(std::abs(first / 4000 - share) < FourSigma(share, 4000));
  CHECK(std::abs(last / 4000 - share) < FourSigma(share, 4000));
  CHECK(std::abs(middle / 4000 - 0.5) < 4 * std::sqrt(1.0 / 12 / 4000));
}

TEST_CASE("openings and fillers hold no deciding word", "[datasets][synthetic]") {
  for (const Words words : {Lexicon().openings, Lexicon().fillers})
    for (const std::string_view sentence : words) {
      INFO(sentence);
      CHECK_FALSE(HoldsDecidingWord(sentence));
      CHECK(std::count(sentence.begin(), sentence.end(), '.') == 1);
    }
}

TEST_CASE("a reader that knows the rules reaches the stated best and no more",
          "[datasets][synthetic]") {
  const auto reviews = GenerateReviews(20'000);
  const double title = AccuracyOf([](const Review& r) { return Oracle::Read(r.title); }, reviews);
  const double body = AccuracyOf([](const Review& r) { return Oracle::Read(r.body); }, reviews);
  CHECK(std::abs(title - kBestTitleAccuracy) < FourSigma(kBestTitleAccuracy, reviews.size()));
  CHECK(std::abs(body - kBestBodyAccuracy) < FourSigma(kBestBodyAccuracy, reviews.size()));
}

TEST_CASE("title and body err independently, so reading both is no better than the body",
          "[datasets][synthetic]") {
  const auto reviews = GenerateReviews(20'000);
  std::vector<Review> disagreeing;
  for (const Review& review : reviews)
    if (Oracle::Read(review.title) != Oracle::Read(review.body)) disagreeing.push_back(review);
  const double body = AccuracyOf([](const Review& r) { return Oracle::Read(r.body); }, disagreeing);
  const double body_alone_right = kBestBodyAccuracy * (1 - kBestTitleAccuracy);
  const double title_alone_right = kBestTitleAccuracy * (1 - kBestBodyAccuracy);
  const double expected = body_alone_right / (body_alone_right + title_alone_right);
  CHECK(std::abs(body - expected) < FourSigma(expected, disagreeing.size()));
  CHECK(expected > 0.5);
  CHECK(kBestBothAccuracy == kBestBodyAccuracy);
}

TEST_CASE("a reader that stops early misses the clause: length matters", "[datasets][synthetic]") {
  const auto reviews = GenerateReviews(4000);
  const auto read = [](const Review& review) {
    return Oracle::Read(std::string_view(review.body).substr(0, review.body.size() / 2));
  };
  const double half = AccuracyOf(read, reviews);
  CHECK((half > 0.3 && half < 0.5));  // where the clause is in the other half it knows nothing
}

TEST_CASE("a bag of words falls clearly short of the best", "[datasets][synthetic]") {
  const auto [known, unseen] = TwoParts(4000);
  const BagOfWords titles(known, &Review::title), bodies(known, &Review::body);
  const double title = AccuracyOf([&](const Review& r) { return titles.Read(r); }, unseen);
  const double body = AccuracyOf([&](const Review& r) { return bodies.Read(r); }, unseen);
  INFO("title " << title << ", body " << body);
  CHECK((title > 0.55 && title < kBestTitleAccuracy - 0.1));
  CHECK((body > 0.55 && body < kBestBodyAccuracy - 0.15));
}
