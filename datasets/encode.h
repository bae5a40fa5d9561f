#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/review.h"
#include "datasets/vocabulary.h"

namespace sweepformer::datasets {

/// What of a review the model reads.
enum class Input { kTitle, kBody, kBoth };

/// title, body or both; nothing for any other word.
std::optional<Input> InputOfWord(std::string_view word);

/// The parts of `review` that `input` reads, in their order.
std::vector<std::string_view> TextsOf(const Review& review, Input input);

/// How many tokens all of a review is, the leading kCls and the kSep of both included.
std::int64_t WholeLength(const Review& review, Input input, Tokenization tokenization);

/// Labelled token sequences, one after the other. Every sequence begins with kCls.
class EncodedReviews {
 public:
  std::int64_t size() const { return static_cast<std::int64_t>(labels_.size()); }

  /// Valid until the next Append.
  std::span<const std::int32_t> Sequence(std::int64_t sample) const;
  int Length(std::int64_t sample) const { return static_cast<int>(Sequence(sample).size()); }

  /// The class of each sample, from 0.
  const std::vector<std::int64_t>& labels() const { return labels_; }
  std::vector<std::int64_t>& labels() { return labels_; }

  /// Sequences that were longer than max_length.
  std::int64_t truncated() const { return truncated_; }

  /// Encodes one review as [CLS] title, [CLS] body or [CLS] title [SEP] body, and keeps the first
  /// `max_length` ids.
  void Append(const Review& review, Input input, const Vocabulary& vocabulary, int max_length);

 private:
  std::vector<std::int32_t> tokens_;
  std::vector<std::size_t> ends_;
  std::vector<std::int64_t> labels_;
  std::int64_t truncated_ = 0;
};

}  // namespace sweepformer::datasets
