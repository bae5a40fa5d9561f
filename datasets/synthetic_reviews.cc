#include "datasets/synthetic_reviews.h"

#include <algorithm>
#include <map>
#include <string>

#include "datasets/random.h"
#include "datasets/synthetic_lexicon.h"

namespace sweepformer::datasets {
namespace {

constexpr std::uint64_t kSeed = 20240607;
constexpr std::uint64_t kCarriedPercent = 60;
constexpr std::uint64_t kTitleErrorPercent = 15;  // 1 - kBestTitleAccuracy
constexpr std::uint64_t kBodyErrorPercent = 5;    // 1 - kBestBodyAccuracy

constexpr std::string_view kColors[] = {"red", "blue", "green", "black", "white", "gray", "brown"};
constexpr std::string_view kDays[] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday"};
constexpr std::string_view kMonths[] = {"January", "March", "May", "July", "October", "December"};
constexpr std::string_view kNumbers[] = {"two", "three", "four", "five", "six", "seven", "ten"};
constexpr std::string_view kPlaces[] = {"kitchen", "garage", "office", "garden", "hall", "cellar"};

std::string_view Pick(Words words, Random& random) { return words[random.Below(words.size())]; }

std::int64_t CountWords(std::string_view text) {
  return 1 + std::count(text.begin(), text.end(), ' ');
}

/// Writes one review; its product stays the same throughout.
class Writer {
 public:
  explicit Writer(std::uint64_t index) : random_(Random::Of(kSeed, index)) {}

  Review Write() {
    Review review;
    review.label = random_.Percent(50);
    carried_ = random_.Percent(kCarriedPercent);
    slots_["product"] = Pick(carried_ ? Lexicon().carried : Lexicon().household, random_);
    review.title = Title(review.label != random_.Percent(kTitleErrorPercent));
    review.body = Body(review.label != random_.Percent(kBodyErrorPercent));
    return review;
  }

 private:
  std::string_view Verdict(bool good) {
    return Pick(good ? Lexicon().praise : Lexicon().blame, random_);
  }

  /// A word that is praise for one kind of product and blame for the other.
  std::string_view Descriptor(bool good) {
    return Pick(good == carried_ ? Lexicon().slight : Lexicon().sturdy, random_);
  }

  std::string Title(bool good) {
    const std::uint64_t kind = random_.Below(100);
    if (kind < 40) return Verdicts(Lexicon().title_verdicts, good);
    if (kind < 85) return Descriptions(Lexicon().title_descriptions, good);
    return Verdicts(Lexicon().title_negations, !good);
  }

  std::string Deciding(bool good) {
    const std::uint64_t kind = random_.Below(100);
    if (kind < 30) return Verdicts(Lexicon().verdicts, good);
    if (kind < 90) return Descriptions(Lexicon().descriptions, good);
    slots_["quoted"] = Verdict(!good);
    return Verdicts(Lexicon().contrasts, good);
  }

  std::string Verdicts(Words templates, bool good) {
    slots_["verdict"] = Verdict(good);
    return Fill(Pick(templates, random_));
  }

  std::string Descriptions(Words templates, bool good) {
    slots_["descriptor"] = Descriptor(good);
    return Fill(Pick(templates, random_));
  }

  /// 30 to 280 words, mostly below 100.
  std::int64_t TargetWords() {
    const std::uint64_t range = random_.Below(100);
    const auto draw = [&](std::int64_t from, std::int64_t to) {
      return from + static_cast<std::int64_t>(random_.Below(static_cast<std::uint64_t>(to - from)));
    };
    if (range < 70) return draw(30, 60);
    if (range < 91) return draw(60, 100);
    return range < 97 ? draw(100, 150) : draw(150, 280);
  }

  /// An opening that names the product, then the deciding sentence anywhere among fillers.
  std::string Body(bool good) {
    std::vector<std::string> sentences = {Fill(Pick(Lexicon().openings, random_)), Deciding(good)};
    const std::int64_t target = TargetWords();
    for (std::int64_t words = CountWords(sentences[0]) + CountWords(sentences[1]);
         words < target;) {
      sentences.push_back(Fill(Pick(Lexicon().fillers, random_)));
      words += CountWords(sentences.back());
    }
    std::swap(sentences[1], sentences[1 + random_.Below(sentences.size() - 1)]);
    std::string body;
    for (const std::string& sentence : sentences) body += (body.empty() ? "" : " ") + sentence;
    return body;
  }

  std::string_view Slot(std::string_view name) {
    if (name == "person") return Pick(Lexicon().people, random_);
    if (name == "color") return Pick(kColors, random_);
    if (name == "day") return Pick(kDays, random_);
    if (name == "month") return Pick(kMonths, random_);
    if (name == "number") return Pick(kNumbers, random_);
    if (name == "place") return Pick(kPlaces, random_);
    return slots_.find(name)->second;
  }

  std::string Fill(std::string_view pattern) {
    std::string text;
    for (std::size_t open; (open = pattern.find('{')) != std::string_view::npos;) {
      const std::size_t close = pattern.find('}');
      text += pattern.substr(0, open);
      text += Slot(pattern.substr(open + 1, close - open - 1));
      pattern.remove_prefix(close + 1);
    }
    text += pattern;
    return text;
  }

  Random random_;
  bool carried_ = false;
  std::map<std::string, std::string_view, std::less<>> slots_;
};

}  // namespace

std::vector<Review> GenerateReviews(std::int64_t rows) {
  std::vector<Review> reviews;
  for (std::int64_t i = 0; i < rows; ++i)
    reviews.push_back(Writer(static_cast<std::uint64_t>(i)).Write());
  return reviews;
}

}  // namespace sweepformer::datasets
