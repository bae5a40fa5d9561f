#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sweepformer {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces: what publishers name their files' content by.
class Sha256 {
 public:
  void Add(std::string_view bytes);

  /// 64 lower-case hex digits; nothing may be added afterwards.
  std::string Hex();

 private:
  void Block(const unsigned char* bytes);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<unsigned char, 64> pending_ = {};
  std::size_t held_ = 0;  ///< in pending_
  std::uint64_t bytes_ = 0;
};

}  // namespace sweepformer
