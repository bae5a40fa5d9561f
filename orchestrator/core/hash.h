#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace sweepformer {

/// XXH3-128 of `bytes` as 32 lower-case hex digits (canonical, big-endian form).
std::string HashHex(std::string_view bytes);

/// The same hash over a stream of pieces.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  void Add(std::string_view bytes);
  std::string Hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sweepformer
