#include "orchestrator/core/sha256.h"

#include <catch2/catch.hpp>

using sweepformer::Sha256;

namespace {

std::string HexOf(std::string_view bytes, std::size_t piece) {
  Sha256 hash;
  for (; bytes.size() > piece; bytes.remove_prefix(piece)) hash.Add(bytes.substr(0, piece));
  hash.Add(bytes);
  return hash.Hex();
}

}  // namespace

TEST_CASE("sha-256 gives the values of FIPS 180-4's examples in whatever pieces", "[core]") {
  for (const std::size_t piece : {1, 3, 64, 1000}) {
    CHECK(HexOf("", piece) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(HexOf("abc", piece) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(HexOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", piece) ==
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  }
  CHECK(HexOf(std::string(1'000'000, 'a'), 999) ==
        "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}
