#include "datasets/token_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <limits>

#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {
namespace {

constexpr std::size_t kHexDigits = 32;
constexpr char kMagic[8] = {'S', 'F', 'T', 'O', 'K', 'E', 'N', 'S'};
constexpr std::uint32_t kFormat = 1;

/// Stored; see TOKENCACHE.md.
struct Header {
  char magic[8] = {};
  char checksum[kHexDigits] = {};  ///< of all that follows it
  char key[kHexDigits] = {};
  std::uint32_t format = kFormat;
  std::uint32_t width = 0;
  std::uint64_t rows = 0;
  std::uint64_t tokens = 0;
  std::uint64_t words = 0;
  std::uint64_t word_bytes = 0;
  std::uint64_t domains = 0;
  std::uint64_t domain_bytes = 0;
  std::uint64_t counts = 0;
};
constexpr std::size_t kChecked = sizeof kMagic + kHexDigits;  ///< where what is checked begins
static_assert(sizeof(Header) == 136 && sizeof(TokenRow) == 40);

/// The numbers that all counts have, in their order on disk; those of each label follow.
constexpr std::size_t kFixedCounts = 11;
template <typename Counts>
auto CountsOf(Counts& counts) {
  return std::to_array({&counts.rows_read, &counts.duplicates, &counts.contradictory,
                        &counts.also_in_test, &counts.neutral, &counts.empty, &counts.untitled,
                        &counts.other_domain, &counts.kept, &counts.kept_without_title,
                        &counts.kept_without_body});
}

std::vector<std::int64_t> NumbersOf(const CorpusCounts& counts) {
  std::vector<std::int64_t> numbers;
  for (const std::int64_t* number : CountsOf(counts)) numbers.push_back(*number);
  numbers.insert(numbers.end(), counts.kept_of.begin(), counts.kept_of.end());
  return numbers;
}

CorpusCounts CountsFrom(std::span<const std::int64_t> numbers) {
  CorpusCounts counts;
  const std::array<std::int64_t*, kFixedCounts> fixed = CountsOf(counts);
  for (std::size_t i = 0; i < kFixedCounts; ++i) *fixed[i] = numbers[i];
  counts.kept_of.assign(numbers.begin() + kFixedCounts, numbers.end());
  return counts;
}

template <typename T>
std::string_view BytesOf(const std::vector<T>& items) {
  return {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)};
}

std::uint32_t WidthFor(std::size_t words) {
  if (words <= std::numeric_limits<std::uint8_t>::max() + std::size_t{1}) return 1;
  return words <= std::numeric_limits<std::uint16_t>::max() + std::size_t{1} ? 2 : 4;
}

template <typename Narrow>
Status WriteNarrow(const std::vector<std::uint32_t>& tokens, const ByteSink& sink) {
  constexpr std::size_t kPiece = std::size_t{1} << 18;
  std::vector<Narrow> piece;
  for (std::size_t begin = 0; begin < tokens.size(); begin += kPiece) {
    const std::size_t end = std::min(begin + kPiece, tokens.size());
    piece.clear();
    for (std::size_t i = begin; i < end; ++i) piece.push_back(static_cast<Narrow>(tokens[i]));
    SF_TRY(sink(BytesOf(piece)));
  }
  return {};
}

Status WriteBody(const TokenizedCorpus& corpus, const Header& header, const ByteSink& sink) {
  SF_TRY(sink(BytesOf(corpus.rows)));
  SF_TRY(sink(BytesOf(corpus.words.ends)));
  SF_TRY(sink(BytesOf(corpus.domains.ends)));
  SF_TRY(sink(BytesOf(NumbersOf(corpus.counts))));
  switch (header.width) {
    case 1: SF_TRY(WriteNarrow<std::uint8_t>(corpus.tokens, sink)); break;
    case 2: SF_TRY(WriteNarrow<std::uint16_t>(corpus.tokens, sink)); break;
    default: SF_TRY(sink(BytesOf(corpus.tokens)));
  }
  SF_TRY(sink(corpus.words.text));
  return sink(corpus.domains.text);
}

std::string_view BytesOf(const Header& header) {
  return {reinterpret_cast<const char*>(&header), sizeof header};
}

/// Numbers the distinct texts it is given: an open-addressed table that stays in the processor's
/// cache, where std::unordered_map took a third of the time of tokenizing.
class Numbering {
 public:
  explicit Numbering(TextList& list) : list_(list), slots_(1 << 12) {}

  std::uint32_t Of(std::string_view text) {
    const auto hash = static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
    Slot* slot = Find(hash, text);
    if (slot->number != kEmpty) return slot->number;
    const auto number = static_cast<std::uint32_t>(list_.ends.size());
    *slot = {hash, number};
    list_.Add(text);
    if (2 * list_.ends.size() > slots_.size()) Grow();
    return number;
  }

 private:
  static constexpr std::uint32_t kEmpty = ~std::uint32_t{0};
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t number = kEmpty;
  };

  /// The slot that holds `text`, or the empty one where it belongs.
  Slot* Find(std::uint32_t hash, std::string_view text) {
    for (std::size_t at = hash;; ++at) {
      Slot& slot = slots_[at & (slots_.size() - 1)];
      if (slot.number == kEmpty) return &slot;
      if (slot.hash == hash && list_.At(slot.number) == text) return &slot;
    }
  }

  void Grow() {
    std::vector<Slot> old(2 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.number != kEmpty) *Find(slot.hash, list_.At(slot.number)) = slot;
  }

  TextList& list_;
  std::vector<Slot> slots_;
};

/// Gives out the parts of a table one after the other.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  /// Nothing is left out of the table, and nothing of it is left over.
  bool is_whole() const { return fits_ && rest_.empty(); }

  std::string_view Bytes(std::uint64_t count, std::uint64_t size = 1) {
    fits_ = fits_ && count <= rest_.size() / size;
    const std::string_view taken = rest_.substr(0, fits_ ? count * size : 0);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// At a place aligned for T.
  template <typename T>
  std::span<const T> Array(std::uint64_t count) {
    const std::string_view bytes = Bytes(count, sizeof(T));
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }

 private:
  std::string_view rest_;
  bool fits_ = true;
};

/// False if the ends are not in order or not those of `text`.
bool CutTexts(std::span<const std::uint64_t> ends, std::string_view text,
              std::vector<std::string_view>& texts) {
  texts.reserve(ends.size());
  std::uint64_t begin = 0;
  for (const std::uint64_t end : ends) {
    if (end < begin || end > text.size()) return false;
    texts.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return begin == text.size();
}

Status Unusable(std::string_view why) {
  return InvalidArgument(fmt::format("not a token table that can be used: {}", why));
}

Result<Header> ReadHeader(std::string_view bytes, std::string_view key) {
  Header header;
  if (bytes.size() < sizeof header) return Unusable("too short");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return Unusable("of another kind");
  if (header.format != kFormat) return Unusable("of another format");
  if (std::string_view(header.key, kHexDigits) != key) return Unusable("of other data");
  if (std::string_view(header.checksum, kHexDigits) != HashHex(bytes.substr(kChecked)))
    return Unusable("cut or altered");
  const bool known = header.width == 1 || header.width == 2 || header.width == 4;
  if (!known || header.counts < kFixedCounts) return Unusable("nonsense in its header");
  return header;
}

}  // namespace

const std::string& TitleOf(const Review& review, EmptyTitle empty_title) {
  const bool stands_in = empty_title == EmptyTitle::kBody && CollapseSpace(review.title).empty();
  return stands_in ? review.body : review.title;
}

TokenizedCorpus WithoutTokens(const Corpus& corpus) {
  TokenizedCorpus tokenized;
  tokenized.counts = corpus.counts;
  Numbering domains(tokenized.domains);
  for (const Review& review : corpus.reviews)
    tokenized.rows.push_back({ReviewKey(review), 0, 0, review.label, review.stars,
                              domains.Of(review.domain), static_cast<std::uint32_t>(review.part)});
  return tokenized;
}

TokenizedCorpus Tokenize(const Corpus& corpus, Tokenization tokenization, EmptyTitle empty_title) {
  TokenizedCorpus tokenized = WithoutTokens(corpus);
  Numbering words(tokenized.words);
  if (tokenization == Tokenization::kByte)
    for (int byte = 0; byte < 256; ++byte) words.Of(ByteToken(static_cast<unsigned char>(byte)));
  std::string token;
  const auto add = [&](std::string_view text) {
    Tokenizer tokens(text, tokenization);
    while (tokens.Next(token)) tokenized.tokens.push_back(words.Of(token));
    return std::uint64_t{tokenized.tokens.size()};
  };
  for (std::size_t i = 0; i < corpus.reviews.size(); ++i) {
    tokenized.rows[i].title_end = add(TitleOf(corpus.reviews[i], empty_title));
    tokenized.rows[i].body_end = add(corpus.reviews[i].body);
  }
  return tokenized;
}

Status WriteTokens(const TokenizedCorpus& corpus, std::string_view key, const ByteSink& sink) {
  Header header;
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::memcpy(header.key, key.data(), std::min(key.size(), kHexDigits));
  header.width = WidthFor(corpus.words.ends.size());
  header.rows = corpus.rows.size();
  header.tokens = corpus.tokens.size();
  header.words = corpus.words.ends.size();
  header.word_bytes = corpus.words.text.size();
  header.domains = corpus.domains.ends.size();
  header.domain_bytes = corpus.domains.text.size();
  header.counts = NumbersOf(corpus.counts).size();
  Hasher hasher;
  hasher.Add(BytesOf(header).substr(kChecked));
  const auto hash = [&](std::string_view bytes) {
    hasher.Add(bytes);
    return Status();
  };
  SF_TRY(WriteBody(corpus, header, hash));
  std::memcpy(header.checksum, hasher.Hex().data(), kHexDigits);
  SF_TRY(sink(BytesOf(header)));
  return WriteBody(corpus, header, sink);
}

Result<TokenTable> TokenTable::Read(std::string_view bytes, std::string_view key,
                                    std::shared_ptr<const void> owner) {
  SF_ASSIGN(const Header header, ReadHeader(bytes, key));
  Cursor cursor(bytes.substr(sizeof header));
  TokenTable table;
  table.owner_ = std::move(owner);
  table.width_ = header.width;
  table.rows_ = cursor.Array<TokenRow>(header.rows);
  const auto word_ends = cursor.Array<std::uint64_t>(header.words);
  const auto domain_ends = cursor.Array<std::uint64_t>(header.domains);
  const auto counts = cursor.Array<std::int64_t>(header.counts);
  table.tokens_ = cursor.Bytes(header.tokens, header.width).data();
  const std::string_view words = cursor.Bytes(header.word_bytes);
  const std::string_view domains = cursor.Bytes(header.domain_bytes);
  if (!cursor.is_whole()) return Unusable("of another length than its header says");
  table.counts_ = CountsFrom(counts);
  if (!CutTexts(word_ends, words, table.words_) ||
      !CutTexts(domain_ends, domains, table.domains_) || !table.IsSound(header.tokens))
    return Unusable("a number in it points to nothing");
  return table;
}

bool TokenTable::IsSound(std::uint64_t tokens) const {
  std::uint64_t begin = 0;
  for (const TokenRow& row : rows_) {
    const bool in_order =
        begin <= row.title_end && row.title_end <= row.body_end && row.body_end <= tokens;
    const bool known = row.domain < domains_.size() &&
                       row.part <= static_cast<std::uint32_t>(Part::kTest) && row.label >= 0 &&
                       static_cast<std::size_t>(row.label) < counts_.kept_of.size();
    if (!in_order || !known) return false;
    begin = row.body_end;
  }
  std::uint32_t largest = 0;
  VisitTokens(0, tokens, [&](std::uint32_t token) { largest = std::max(largest, token); });
  return begin == tokens && (tokens == 0 || largest < words_.size());
}

}  // namespace sweepformer::datasets
