#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sweepformer::datasets {

/// The ids every vocabulary begins with. Stored in checkpoints; never change.
inline constexpr std::int32_t kPad = 0;
inline constexpr std::int32_t kUnknown = 1;
inline constexpr std::int32_t kCls = 2;
inline constexpr std::int32_t kSep = 3;
inline constexpr std::int32_t kSpecialIds = 4;

/// Gives every known token a number. Immutable.
class Vocabulary {
 public:
  /// All 256 bytes in their order: byte b is kSpecialIds + b. Nothing is unknown.
  static Vocabulary OfBytes();

  /// These tokens, numbered in their order.
  static Vocabulary Of(std::span<const std::string_view> tokens);

  /// At most `vocab_size` ids, the special ones included, for the tokens that occur most and at
  /// least `min_count` times, the most frequent the smallest id; of equally frequent ones byte
  /// order decides. `counts` has one for each of `tokens`, which are distinct.
  static Vocabulary OfMostFrequent(std::span<const std::string_view> tokens,
                                   std::span<const std::int64_t> counts, std::int64_t vocab_size,
                                   std::int64_t min_count);

  /// The id of `token`, kUnknown if it has none.
  std::int32_t Id(std::string_view token) const;

  /// Ids in use, the special ones included.
  std::int64_t size() const { return static_cast<std::int64_t>(ids_.size()) + kSpecialIds; }

  /// The tokens in the order of their ids, from kSpecialIds on.
  std::vector<std::string> Words() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> ids_;
};

}  // namespace sweepformer::datasets
