#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "orchestrator/core/status.h"
#include "results/statistics/random.h"

namespace sweepformer {

/// What a run got right in the test set, one bit per item in the data's order.
class HitBits {
 public:
  /// From the bytes of the store's test_hits (results/SCHEMA.md): the first item in the lowest bit
  /// of the first byte. InvalidArgument if there are not as many bytes as the items fill.
  static Result<HitBits> FromBytes(std::span<const std::uint8_t> bytes, std::int64_t items);

  std::int64_t items() const { return items_; }

  /// 64 items a word, the first in the lowest bit; 0 where the last word is not filled.
  std::span<const std::uint64_t> words() const { return words_; }

  std::int64_t CountRight() const;

  /// Of all items, half, chosen by the toss of a coin for each.
  static HitBits Tossed(std::int64_t items, Random& random);

 private:
  explicit HitBits(std::int64_t items);  // nothing right
  void ClearBeyondItems();

  std::int64_t items_ = 0;
  std::vector<std::uint64_t> words_;
};

/// How many items both got right. Both have equally many items.
std::int64_t CountBoth(const HitBits& a, const HitBits& b);

}  // namespace sweepformer
