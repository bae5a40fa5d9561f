#include "datasets/encode.h"

#include <algorithm>

namespace sweepformer::datasets {
namespace {

/// Calls `visit` with each token that `input` reads, `open` before each text.
template <typename Open, typename Visit>
void VisitInput(const TokenTable& table, std::int64_t review, Input input, Open open, Visit visit) {
  if (input != Input::kBody) {
    open();
    table.VisitTitle(review, visit);
  }
  if (input != Input::kTitle) {
    open();
    table.VisitBody(review, visit);
  }
}

}  // namespace

std::optional<Input> InputOfWord(std::string_view word) {
  if (word == "title") return Input::kTitle;
  if (word == "body") return Input::kBody;
  if (word == "both") return Input::kBoth;
  return std::nullopt;
}

std::span<const std::int32_t> EncodedReviews::Sequence(std::int64_t sample) const {
  const auto i = static_cast<std::size_t>(sample);
  const std::size_t begin = i == 0 ? 0 : ends_[i - 1];
  return std::span(tokens_).subspan(begin, ends_[i] - begin);
}

void EncodedReviews::Reserve(std::int64_t samples, std::int64_t tokens) {
  tokens_.reserve(static_cast<std::size_t>(tokens));
  ends_.reserve(static_cast<std::size_t>(samples));
  labels_.reserve(static_cast<std::size_t>(samples));
}

void EncodedReviews::Append(std::span<const std::int32_t> sequence, std::int64_t label,
                            bool truncated) {
  truncated_ += truncated;
  tokens_.insert(tokens_.end(), sequence.begin(), sequence.end());
  ends_.push_back(tokens_.size());
  labels_.push_back(label);
}

std::int64_t WholeLength(const TokenTable& table, std::int64_t review, Input input) {
  const std::int64_t title = 1 + table.TitleLength(review);
  const std::int64_t body = 1 + table.BodyLength(review);
  switch (input) {
    case Input::kTitle: return title;
    case Input::kBody: return body;
    case Input::kBoth: return title + body;
  }
  return 0;
}

std::vector<std::int64_t> CountWords(const TokenTable& table, std::span<const std::int64_t> reviews,
                                     Input input) {
  std::vector<std::int64_t> counts(table.words().size());
  for (const std::int64_t review : reviews)
    VisitInput(
        table, review, input, [] {}, [&](std::uint32_t word) { ++counts[word]; });
  return counts;
}

EncodedReviews Encode(const TokenTable& table, std::span<const std::int64_t> reviews,
                      const SequenceForm& form, std::span<const std::int32_t> ids) {
  const auto max_length = static_cast<std::size_t>(form.max_length);
  std::int64_t tokens = 0;
  for (const std::int64_t review : reviews)
    tokens += std::min<std::int64_t>(WholeLength(table, review, form.input), form.max_length);
  EncodedReviews encoded;
  encoded.Reserve(static_cast<std::int64_t>(reviews.size()), tokens);
  std::vector<std::int32_t> sequence;
  std::size_t opening = 0;  // where the last text's special id stands
  const auto open = [&] {
    opening = sequence.size();
    sequence.push_back(sequence.empty() ? kCls : kSep);
  };
  const auto add = [&](std::uint32_t word) { sequence.push_back(ids[word]); };
  for (const std::int64_t review : reviews) {
    sequence.clear();
    VisitInput(table, review, form.input, open, add);
    const bool too_long = sequence.size() > max_length;
    if (form.pairs && opening > 0)
      TruncatePair(sequence, opening, max_length, form.truncation);
    else
      Truncate(sequence, max_length, form.truncation);
    encoded.Append(sequence, table.row(review).label, too_long);
  }
  return encoded;
}

}  // namespace sweepformer::datasets
