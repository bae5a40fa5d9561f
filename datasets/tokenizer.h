#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sweepformer::datasets {

/// Cuts a text into lower-case words and single punctuation marks.
///   - A word is a run of letters and digits with apostrophes inside ("don't", U+2019 included).
///   - Other printable characters are tokens of their own: punctuation, signs, emoji.
///   - White space, control characters, `<br />` in its spellings and bytes not UTF-8 separate.
///   - `&quot;`, amp, lt, gt, apos, nbsp and numeric references stand for their character.
/// Lower case covers ASCII and Latin-1. Numbers and token boundaries do not depend on the locale.
/// A view of the text is kept; linear time, no allocation but the token's.
class Tokenizer {
 public:
  explicit Tokenizer(std::string_view text) : text_(text) {}

  /// False at the end. `token` is never empty and always valid UTF-8 if it returns true.
  bool Next(std::string& token);

 private:
  /// A character, entities and tags resolved, and the bytes it takes; a separator of none at the
  /// end.
  struct Character {
    char32_t point;
    std::size_t length;
  };
  Character Peek(std::size_t at) const;

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace sweepformer::datasets
