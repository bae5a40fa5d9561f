#include "datasets/truncation.h"

#include <algorithm>

namespace sweepformer::datasets {
namespace {

using Ids = std::vector<std::int32_t>;

/// Leaves `kept` of the ids from `begin` to `end`.
void Cut(Ids& ids, std::size_t begin, std::size_t end, std::size_t kept, Truncation truncation) {
  const std::size_t size = end - begin;
  if (size <= kept) return;
  const std::size_t head = truncation == Truncation::kHead       ? kept
                           : truncation == Truncation::kHeadTail ? kept / 4
                                                                 : 0;
  const auto from = ids.begin() + static_cast<std::ptrdiff_t>(begin + head);
  ids.erase(from, from + static_cast<std::ptrdiff_t>(size - kept));
}

}  // namespace

std::optional<Truncation> TruncationOfWord(std::string_view word) {
  if (word == "head") return Truncation::kHead;
  if (word == "tail") return Truncation::kTail;
  if (word == "head+tail") return Truncation::kHeadTail;
  return std::nullopt;
}

void Truncate(Ids& sequence, std::size_t max_length, Truncation truncation) {
  Cut(sequence, 1, sequence.size(), max_length - 1, truncation);
}

void TruncatePair(Ids& sequence, std::size_t separator, std::size_t max_length,
                  Truncation truncation) {
  if (sequence.size() <= max_length) return;
  if (max_length < 2) return sequence.resize(max_length);
  const std::size_t room = max_length - 2;
  const std::size_t first = separator - 1;
  const std::size_t second = sequence.size() - separator - 1;
  const std::size_t half = room / 2;
  const std::size_t kept_second =
      std::min(second, std::max(room - half, room - std::min(first, room)));
  Cut(sequence, separator + 1, sequence.size(), kept_second, truncation);
  Cut(sequence, 1, separator, room - kept_second, truncation);
}

}  // namespace sweepformer::datasets
