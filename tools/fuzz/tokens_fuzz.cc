#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "datasets/token_table.h"
#include "orchestrator/core/hash.h"

/// libFuzzer's target: any bytes are a file of the token cache, and so is the table of a review
/// that they are the text of, with some of its bytes changed. The header's magic, key and checksum
/// are put right, which chance would never do, so that what they guard is reached. All that is then
/// read must lie inside.

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

constexpr std::size_t kChecked = 40;
constexpr std::size_t kFormat = 72;

std::uint64_t Visit(const TokenTable& table) {
  std::uint64_t sum = 0;
  for (std::int64_t i = 0; i < table.size(); ++i) {
    const auto add = [&](std::uint32_t word) { sum += table.words()[word].size(); };
    table.VisitTitle(i, add);
    table.VisitBody(i, add);
    for (const char c : table.DomainOf(i)) sum += static_cast<unsigned char>(c);
  }
  return sum;
}

std::uint64_t TryToRead(std::string bytes, const std::string& key) {
  const auto owned = std::make_shared<std::string>(std::move(bytes));
  const auto table = TokenTable::Read(*owned, key, owned);
  return table.ok() ? Visit(*table) : 0;
}

std::string Signed(std::string bytes, const std::string& key) {
  std::memcpy(bytes.data(), "SFTOKENS", 8);
  std::memcpy(bytes.data() + kChecked, key.data(), key.size());
  const std::string hash = HashHex(std::string_view(bytes).substr(kChecked));
  std::memcpy(bytes.data() + 8, hash.data(), hash.size());
  return bytes;
}

std::string TableOf(const std::string& text, const std::string& key) {
  Corpus corpus;
  corpus.reviews = {{"title", text, 0, 0, "", Part::kNone}, {text, "", 1, 0, "", Part::kTest}};
  corpus.counts.kept_of.resize(2);
  std::string bytes;
  const auto append = [&](std::string_view piece) {
    bytes += piece;
    return Status();
  };
  if (!WriteTokens(Tokenize(corpus, Tokenization::kWord), key, append).ok()) std::abort();
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string key(32, 'k');
  std::string text(reinterpret_cast<const char*>(data), size);
  TryToRead(text, key);
  if (size >= kFormat) TryToRead(Signed(text, key), key);
  std::string changes = text.substr(0, 24);
  text.erase(0, changes.size());
  std::string table = TableOf(text, key);
  if (TryToRead(table, key) == 0) std::abort();
  for (std::size_t i = 0; i + 2 < changes.size(); i += 3) {
    const auto at =
        static_cast<unsigned char>(changes[i]) * 256U + static_cast<unsigned char>(changes[i + 1]);
    table[kFormat + at % (table.size() - kFormat)] = changes[i + 2];
  }
  TryToRead(Signed(std::move(table), key), key);
  return 0;
}
