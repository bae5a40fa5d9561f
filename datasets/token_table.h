#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/corpus.h"
#include "datasets/tokenizer.h"

// A corpus cut into tokens once, for every choice of input, split, vocabulary and length. On disk
// it is the token cache (TOKENCACHE.md).

namespace sweepformer::datasets {

/// One review. Its title's tokens begin where the previous review's body ends.
struct TokenRow {
  std::uint64_t key = 0;        ///< ReviewKey
  std::uint64_t title_end = 0;  ///< in the tokens of all reviews
  std::uint64_t body_end = 0;
  std::int32_t label = 0;
  std::int32_t stars = 0;
  std::uint32_t domain = 0;  ///< in the domains
  std::uint32_t part = 0;    ///< Part
};

/// Texts laid end to end.
struct TextList {
  std::vector<std::uint64_t> ends;
  std::string text;

  void Add(std::string_view one) {
    text += one;
    ends.push_back(text.size());
  }
  std::string_view At(std::size_t i) const {
    const std::uint64_t begin = i == 0 ? 0 : ends[i - 1];
    return std::string_view(text).substr(begin, ends[i] - begin);
  }
};

/// What a TokenTable is made from.
struct TokenizedCorpus {
  std::vector<TokenRow> rows;
  std::vector<std::uint32_t> tokens;  ///< positions in words
  TextList words;
  TextList domains;
  CorpusCounts counts;
};

/// The title that is read of `review`: with EmptyTitle::kBody the body where there is none.
const std::string& TitleOf(const Review& review, EmptyTitle empty_title);
/// All that is known of the reviews but their texts: no tokens yet, and no words.
TokenizedCorpus WithoutTokens(const Corpus& corpus);

/// Cuts all titles and bodies. Words stand in the order they first occur in; with kByte they are
/// all 256 bytes in theirs.
TokenizedCorpus Tokenize(const Corpus& corpus, Tokenization tokenization,
                         EmptyTitle empty_title = EmptyTitle::kKeep);

/// Takes the bytes of a table piece by piece.
using ByteSink = std::function<Status(std::string_view)>;

/// Writes the bytes that TokenTable::Read takes. `key` is 32 hex digits.
Status WriteTokens(const TokenizedCorpus& corpus, std::string_view key, const ByteSink& sink);

/// Reads the bytes of a table where they lie. Immutable; copies share the bytes.
class TokenTable {
 public:
  /// `owner` keeps `bytes` alive, which are aligned to 8. InvalidArgument, with what is wrong, for
  /// bytes that WriteTokens has not written with this key; whatever they are, nothing outside of
  /// them is read. Reads all of them.
  static Result<TokenTable> Read(std::string_view bytes, std::string_view key,
                                 std::shared_ptr<const void> owner);

  std::int64_t size() const { return static_cast<std::int64_t>(rows_.size()); }
  const TokenRow& row(std::int64_t i) const { return rows_[static_cast<std::size_t>(i)]; }

  std::int64_t TitleLength(std::int64_t i) const {
    return static_cast<std::int64_t>(row(i).title_end - Begin(i));
  }
  std::int64_t BodyLength(std::int64_t i) const {
    return static_cast<std::int64_t>(row(i).body_end - row(i).title_end);
  }

  /// Calls `visit` with each token of the title, of the body, in their order.
  template <typename Visit>
  void VisitTitle(std::int64_t i, Visit visit) const {
    VisitTokens(Begin(i), row(i).title_end, visit);
  }
  template <typename Visit>
  void VisitBody(std::int64_t i, Visit visit) const {
    VisitTokens(row(i).title_end, row(i).body_end, visit);
  }

  /// Every distinct token, by its number.
  const std::vector<std::string_view>& words() const { return words_; }
  std::string_view DomainOf(std::int64_t i) const { return domains_[row(i).domain]; }
  const CorpusCounts& counts() const { return counts_; }

 private:
  std::uint64_t Begin(std::int64_t i) const { return i == 0 ? 0 : row(i - 1).body_end; }

  template <typename Visit>
  void VisitTokens(std::uint64_t begin, std::uint64_t end, Visit visit) const {
    switch (width_) {
      case 1: return VisitAs<std::uint8_t>(begin, end, visit);
      case 2: return VisitAs<std::uint16_t>(begin, end, visit);
      default: return VisitAs<std::uint32_t>(begin, end, visit);
    }
  }
  template <typename Token, typename Visit>
  void VisitAs(std::uint64_t begin, std::uint64_t end, Visit visit) const {
    const auto* tokens = reinterpret_cast<const Token*>(tokens_);
    for (std::uint64_t at = begin; at < end; ++at) visit(std::uint32_t{tokens[at]});
  }

  /// Whether every number in the table points to something.
  bool IsSound(std::uint64_t tokens) const;

  std::shared_ptr<const void> owner_;
  std::span<const TokenRow> rows_;
  const char* tokens_ = nullptr;
  std::uint32_t width_ = 4;
  std::vector<std::string_view> words_;
  std::vector<std::string_view> domains_;
  CorpusCounts counts_;
};

}  // namespace sweepformer::datasets
