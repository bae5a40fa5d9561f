#include "datasets/review.h"

#include <charconv>

#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {

std::string CollapseSpace(std::string_view text) {
  std::string collapsed;
  while (true) {
    const std::size_t begin = text.find_first_not_of(kAsciiSpace);
    if (begin == std::string_view::npos) return collapsed;
    text.remove_prefix(begin);
    const std::string_view word = text.substr(0, text.find_first_of(kAsciiSpace));
    if (!collapsed.empty()) collapsed += ' ';
    collapsed += word;
    text.remove_prefix(word.size());
  }
}

std::uint64_t ReviewKey(const Review& review) {
  // No line break survives collapsing, so the joint of title and body is unmistakable.
  const std::string hex =
      HashHex(CollapseSpace(review.title) + '\n' + CollapseSpace(review.body)).substr(0, 16);
  std::uint64_t key = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), key, 16);
  return key;
}

}  // namespace sweepformer::datasets
