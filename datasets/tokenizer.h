#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sweepformer::datasets {

/// What a text is cut into.
enum class Tokenization {
  kWord,        ///< lower-case words and single punctuation marks, see Tokenizer
  kCharacter,   ///< the characters as they stand; bytes that are not UTF-8 are U+FFFD each
  kByte,        ///< the bytes as they stand
  kWhiteSpace,  ///< whatever ASCII white space parts
};

/// word, character or byte; nothing for any other word.
std::optional<Tokenization> TokenizationOfWord(std::string_view word);

/// The token that stands for a byte, "<0x0A>": printable, and no other token of its text.
std::string ByteToken(unsigned char byte);

/// `text` as Tokenizer reads it: valid UTF-8, with character references resolved and one blank for
/// each separator that is no letter.
std::string PlainText(std::string_view text);

/// Cuts a text into tokens, by default into lower-case words and single punctuation marks:
///   - A word is a run of letters and digits with apostrophes inside ("don't", U+2019 included).
///   - Other printable characters are tokens of their own: punctuation, signs, emoji.
///   - White space, control characters, `<br />` in its spellings and bytes not UTF-8 separate.
///   - `&quot;`, amp, lt, gt, apos, nbsp and numeric references stand for their character.
/// Lower case covers ASCII and Latin-1. Numbers and token boundaries do not depend on the locale.
/// Characters and bytes are neither cleaned nor changed; control characters are given as ByteToken.
/// A view of the text is kept; linear time, no allocation but the token's.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text, Tokenization kind = Tokenization::kWord)
      : text_(text), kind_(kind) {}

  /// False at the end. `token` is never empty and always valid UTF-8 if it returns true.
  bool Next(std::string& token);

 private:
  bool NextWord(std::string& token);
  bool NextCharacter(std::string& token);
  bool NextBetweenSpace(std::string& token);

  std::string_view text_;
  Tokenization kind_;
  std::size_t at_ = 0;
};

}  // namespace sweepformer::datasets
