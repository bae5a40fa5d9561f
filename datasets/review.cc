#include "datasets/review.h"

#include <array>
#include <charconv>

#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {

std::string CollapseSpace(std::string_view text) {
  constexpr auto kIsSpace = [] {
    std::array<bool, 256> table{};
    for (const char c : kAsciiSpace) table[static_cast<unsigned char>(c)] = true;
    return table;
  }();
  std::string collapsed;
  collapsed.reserve(text.size());
  bool parted = false;
  for (const char c : text) {
    if (kIsSpace[static_cast<unsigned char>(c)]) {
      parted = !collapsed.empty();
      continue;
    }
    if (parted) collapsed += ' ';
    parted = false;
    collapsed += c;
  }
  return collapsed;
}

std::uint64_t ReviewKey(const Review& review) {
  if (review.original != 0) return review.original;
  // No line break survives collapsing, so the joint of title and body is unmistakable.
  const std::string hex =
      HashHex(CollapseSpace(review.title) + '\n' + CollapseSpace(review.body)).substr(0, 16);
  std::uint64_t key = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), key, 16);
  return key;
}

}  // namespace sweepformer::datasets
