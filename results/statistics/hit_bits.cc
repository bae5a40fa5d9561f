#include "results/statistics/hit_bits.h"

#include <fmt/format.h>

#include <bit>

namespace sweepformer {

Result<HitBits> HitBits::FromBytes(std::span<const std::uint8_t> bytes, std::int64_t items) {
  const std::int64_t filled = (items + 7) / 8;
  if (items < 0 || static_cast<std::int64_t>(bytes.size()) != filled) {
    return InvalidArgument(
        fmt::format("test hits of {} items in {} bytes, expected one bit per item: {} bytes", items,
                    bytes.size(), filled));
  }
  HitBits hits(items);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hits.words_[i / 8] |= std::uint64_t{bytes[i]} << (i % 8 * 8);
  }
  hits.ClearBeyondItems();
  return hits;
}

HitBits HitBits::Tossed(std::int64_t items, Random& random) {
  HitBits hits(items);
  for (std::uint64_t& word : hits.words_) word = random.Bits();
  hits.ClearBeyondItems();
  return hits;
}

HitBits::HitBits(std::int64_t items)
    : items_(items), words_(static_cast<std::size_t>((items + 63) / 64)) {}

void HitBits::ClearBeyondItems() {
  if (items_ % 64 != 0) words_.back() &= (std::uint64_t{1} << (items_ % 64)) - 1;
}

std::int64_t HitBits::CountRight() const {
  std::int64_t right = 0;
  for (const std::uint64_t word : words_) right += std::popcount(word);
  return right;
}

std::int64_t CountBoth(const HitBits& a, const HitBits& b) {
  std::int64_t both = 0;
  for (std::size_t i = 0; i < a.words().size(); ++i) {
    both += std::popcount(a.words()[i] & b.words()[i]);
  }
  return both;
}

}  // namespace sweepformer
