#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "datasets/token_table.h"
#include "datasets/truncation.h"
#include "datasets/vocabulary.h"

namespace sweepformer::datasets {

/// What of a review the model reads.
enum class Input { kTitle, kBody, kBoth };

/// title, body or both; nothing for any other word.
std::optional<Input> InputOfWord(std::string_view word);

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

  void Reserve(std::int64_t samples, std::int64_t tokens);

  void Append(std::span<const std::int32_t> sequence, std::int64_t label, bool truncated = false);

 private:
  std::vector<std::int32_t> tokens_;
  std::vector<std::size_t> ends_;
  std::vector<std::int64_t> labels_;
  std::int64_t truncated_ = 0;
};

/// How many tokens all of a review is, the leading kCls and the kSep of both included.
std::int64_t WholeLength(const TokenTable& table, std::int64_t review, Input input);

/// How often each word of `table` occurs in what `input` reads of `reviews`.
std::vector<std::int64_t> CountWords(const TokenTable& table, std::span<const std::int64_t> reviews,
                                     Input input);

/// What a sequence is made of and what of it is kept.
struct SequenceForm {
  Input input = Input::kBody;
  int max_length = 0;
  Truncation truncation = Truncation::kHead;
  bool pairs = false;  ///< title and body are a pair of sentences, cut as TruncatePair does
};

/// Encodes `reviews` as [CLS] title, [CLS] body or [CLS] title [SEP] body each. `ids` has one for
/// each word of `table`.
EncodedReviews Encode(const TokenTable& table, std::span<const std::int64_t> reviews,
                      const SequenceForm& form, std::span<const std::int32_t> ids);

}  // namespace sweepformer::datasets
