#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace sweepformer::datasets {

/// What is kept of a sequence that is too long (Sun et al. 2019, "How to fine-tune BERT for text
/// classification?", arXiv:1905.05583, section 5.3.1).
enum class Truncation {
  kHead,      ///< its beginning
  kTail,      ///< its end
  kHeadTail,  ///< a quarter from its beginning, the rest from its end, as 128 + 382 of 510 there
};

/// head, tail or head+tail; nothing for any other word.
std::optional<Truncation> TruncationOfWord(std::string_view word);

/// Shortens `sequence`, which begins with a [CLS] that stays, to at most `max_length`, at least 1.
void Truncate(std::vector<std::int32_t>& sequence, std::size_t max_length, Truncation truncation);

/// The same of a pair, [CLS] first [SEP] second, where `separator` is the place of the [SEP]: the
/// longer sentence gives until both are as long, as in BERT, and each keeps what `truncation` says.
/// With max_length below 2 only the [CLS] is left.
void TruncatePair(std::vector<std::int32_t>& sequence, std::size_t separator,
                  std::size_t max_length, Truncation truncation);

}  // namespace sweepformer::datasets
