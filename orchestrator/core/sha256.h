#pragma once

#include <nettle/sha2.h>

#include <string>
#include <string_view>

namespace sweepformer {

/// SHA-256 (FIPS 180-4) of bytes that come in pieces: what publishers name their files' content by.
class Sha256 {
 public:
  Sha256() { sha256_init(&state_); }

  void Add(std::string_view bytes);

  /// 64 lower-case hex digits of all that was added; begins anew.
  std::string Hex();

 private:
  sha256_ctx state_;
};

}  // namespace sweepformer
