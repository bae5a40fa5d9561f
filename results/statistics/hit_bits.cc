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
  HitBits hits;
  hits.items_ = items;
  hits.words_.resize((bytes.size() + 7) / 8);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    hits.words_[i / 8] |= std::uint64_t{bytes[i]} << (i % 8 * 8);
  }
  if (items % 64 != 0) hits.words_.back() &= (std::uint64_t{1} << (items % 64)) - 1;
  return hits;
}

std::int64_t HitBits::CountRight() const {
  std::int64_t right = 0;
  for (const std::uint64_t word : words_) right += std::popcount(word);
  return right;
}

}  // namespace sweepformer
