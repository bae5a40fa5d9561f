#include "datasets/encode.h"

namespace sweepformer::datasets {
namespace {

/// Calls `add` with the id of each token until it returns false; whether it never did.
template <typename Add>
bool AddTokens(std::string_view text, const Vocabulary& vocabulary, Add add) {
  if (vocabulary.tokenization() == Tokenization::kByte) {
    for (const char c : text)
      if (!add(kSpecialIds + static_cast<unsigned char>(c))) return false;
    return true;
  }
  Tokenizer tokens(text, vocabulary.tokenization());
  for (std::string token; tokens.Next(token);)
    if (!add(vocabulary.Id(token))) return false;
  return true;
}

std::int64_t CountTokens(std::string_view text, Tokenization tokenization) {
  if (tokenization == Tokenization::kByte) return static_cast<std::int64_t>(text.size());
  std::int64_t count = 0;
  Tokenizer tokens(text, tokenization);
  for (std::string token; tokens.Next(token);) ++count;
  return count;
}

}  // namespace

std::optional<Input> InputOfWord(std::string_view word) {
  if (word == "title") return Input::kTitle;
  if (word == "body") return Input::kBody;
  if (word == "both") return Input::kBoth;
  return std::nullopt;
}

std::vector<std::string_view> TextsOf(const Review& review, Input input) {
  switch (input) {
    case Input::kTitle: return {review.title};
    case Input::kBody: return {review.body};
    case Input::kBoth: return {review.title, review.body};
  }
  return {};
}

std::int64_t WholeLength(const Review& review, Input input, Tokenization tokenization) {
  std::int64_t length = 0;
  for (const std::string_view text : TextsOf(review, input))
    length += 1 + CountTokens(text, tokenization);
  return length;
}

std::span<const std::int32_t> EncodedReviews::Sequence(std::int64_t sample) const {
  const auto i = static_cast<std::size_t>(sample);
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::span(tokens_).subspan(begin, ends_[i] - begin);
}

void EncodedReviews::Append(const Review& review, Input input, const Vocabulary& vocabulary,
                            int max_length) {
  const std::size_t limit = tokens_.size() + static_cast<std::size_t>(max_length);
  const auto add = [&](std::int32_t id) {
    if (tokens_.size() == limit) return false;
    tokens_.push_back(id);
    return true;
  };
  bool fits = true;
  std::int32_t opening = kCls;
  for (const std::string_view text : TextsOf(review, input)) {
    fits = fits && add(opening);
    opening = kSep;
    fits = fits && AddTokens(text, vocabulary, add);
  }
  if (!fits) ++truncated_;
  ends_.push_back(tokens_.size());
  labels_.push_back(review.label);
}

}  // namespace sweepformer::datasets
