#include "datasets/tokenizer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "datasets/review.h"

namespace sweepformer::datasets {
namespace {

constexpr char32_t kSeparator = U' ';
constexpr char32_t kReplacement = 0xFFFD;

/// The code point at the front of `text` and its length in bytes; kSeparator of one byte where the
/// bytes are not UTF-8 (overlong forms and surrogates included).
char32_t DecodeUtf8(std::string_view text, std::size_t& length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  length = 1;
  const unsigned first = byte(0);
  if (first < 0x80) return first;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return kSeparator;
  char32_t point = first & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return kSeparator;
    point = point << 6 | (byte(i) & 0x3F);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < kSmallest[size] || point > 0x10FFFF || (point >= 0xD800 && point < 0xE000))
    return kSeparator;
  length = size;
  return point;
}

void AppendUtf8(char32_t point, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    tail(6), tail(0);
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    tail(12), tail(6), tail(0);
  }
}

char32_t NumericEntity(std::string_view digits) {
  const int base = digits.starts_with('x') || digits.starts_with('X') ? 16 : 10;
  if (base == 16) digits.remove_prefix(1);
  std::uint32_t point = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), point, base);
  const bool whole = error == std::errc() && end == digits.data() + digits.size();
  const bool is_character = point > 0 && point <= 0x10FFFF && (point < 0xD800 || point >= 0xE000);
  return whole && is_character ? point : kSeparator;
}

/// The character a character reference at the front of `text` stands for, or 0 where there is none.
char32_t DecodeEntity(std::string_view text, std::size_t& length) {
  constexpr std::pair<std::string_view, char32_t> kNamed[] = {
      {"amp", U'&'}, {"quot", U'"'}, {"lt", U'<'}, {"gt", U'>'}, {"apos", U'\''}, {"nbsp", U' '}};
  const std::size_t end = text.substr(0, 10).find(';');
  if (end == std::string_view::npos || end < 3) return 0;
  const std::string_view name = text.substr(1, end - 1);
  length = end + 1;
  if (name.starts_with('#')) return NumericEntity(name.substr(1));
  for (const auto& [known, point] : kNamed)
    if (name == known) return point;
  return 0;
}

/// The length of a `<br>`, `<br/>` or `<br />` at the front of `text`, or 0.
std::size_t LineBreakTag(std::string_view text) {
  if (text.size() < 4 || (text[1] | 0x20) != 'b' || (text[2] | 0x20) != 'r') return 0;
  const std::size_t end = text.find_first_not_of(" /", 3);
  return end != std::string_view::npos && text[end] == '>' ? end + 1 : 0;
}

char32_t Lower(char32_t point) {
  const bool upper = (point >= U'A' && point <= U'Z') ||
                     (point >= 0xC0 && point <= 0xDE && point != 0xD7);  // Latin-1 but ×
  return upper ? point + 0x20 : point;
}

bool IsSpace(char32_t point) {
  return point <= U' ' || (point >= 0x7F && point <= 0xA0) ||
         (point >= 0x2000 && point <= 0x200F) || (point >= 0x2028 && point <= 0x202F) ||
         point == 0x3000 || point == 0xFEFF ||
         (point >= 0xFE00 && point <= 0xFE0F);  // variation selectors only modify an emoji
}

bool IsMark(char32_t point) {
  if (point < 0x80)
    return !((point >= U'0' && point <= U'9') || (point >= U'a' && point <= U'z') ||
             (point >= U'A' && point <= U'Z'));
  constexpr std::array<std::pair<char32_t, char32_t>, 6> kRanges = {{
      {0xA1, 0xBF},        // Latin-1 signs
      {0xD7, 0xD7},        // ×
      {0x2010, 0x2BFF},    // punctuation, currency, arrows, symbols
      {0x3001, 0x303F},    // CJK punctuation
      {0xFF01, 0xFF0F},    // fullwidth punctuation
      {0x1F000, 0x1FAFF},  // emoji
  }};
  return std::any_of(kRanges.begin(), kRanges.end(), [&](const auto& range) {
    return point >= range.first && point <= range.second;
  });
}

bool IsLetter(char32_t point) { return !IsSpace(point) && !IsMark(point); }

bool IsApostrophe(char32_t point) { return point == U'\'' || point == 0x2019; }

/// A character, entities and tags resolved, and the bytes it takes; a separator of none at the end.
struct Character {
  char32_t point;
  std::size_t length;
};

Character Peek(std::string_view text, std::size_t at) {
  if (at >= text.size()) return {kSeparator, 0};
  const std::string_view rest = text.substr(at);
  std::size_t length = 0;
  if (rest.front() == '<' && (length = LineBreakTag(rest)) > 0) return {kSeparator, length};
  if (rest.front() == '&')
    if (const char32_t point = DecodeEntity(rest, length)) return {point, length};
  const char32_t point = DecodeUtf8(rest, length);
  return {point, length};
}

}  // namespace

std::optional<Tokenization> TokenizationOfWord(std::string_view word) {
  if (word == "word") return Tokenization::kWord;
  if (word == "character") return Tokenization::kCharacter;
  if (word == "byte") return Tokenization::kByte;
  return std::nullopt;
}

std::string ByteToken(unsigned char byte) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
}

std::string PlainText(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const Character next = Peek(text, at);
    AppendUtf8(IsSpace(next.point) ? U' ' : next.point, plain);
    at += next.length;
  }
  return plain;
}

bool Tokenizer::Next(std::string& token) {
  token.clear();
  if (at_ >= text_.size()) return false;
  switch (kind_) {
    case Tokenization::kCharacter: return NextCharacter(token);
    case Tokenization::kByte: token = ByteToken(static_cast<unsigned char>(text_[at_++])); break;
    case Tokenization::kWhiteSpace: return NextBetweenSpace(token);
    case Tokenization::kWord: return NextWord(token);
  }
  return true;
}

bool Tokenizer::NextCharacter(std::string& token) {
  std::size_t length = 0;
  const auto byte = static_cast<unsigned char>(text_[at_]);
  const char32_t point = DecodeUtf8(text_.substr(at_), length);
  const bool broken = point == kSeparator && byte != kSeparator;
  if (point < U' ' || point == 0x7F)
    token = ByteToken(byte);
  else
    AppendUtf8(broken ? kReplacement : point, token);
  at_ += length;
  return true;
}

bool Tokenizer::NextBetweenSpace(std::string& token) {
  const std::size_t begin = text_.find_first_not_of(kAsciiSpace, at_);
  const std::size_t end = std::min(text_.find_first_of(kAsciiSpace, begin), text_.size());
  at_ = end;
  if (begin == std::string_view::npos) return false;
  token = text_.substr(begin, end - begin);
  return true;
}

bool Tokenizer::NextWord(std::string& token) {
  Character next = Peek(text_, at_);
  for (; at_ < text_.size() && IsSpace(next.point); next = Peek(text_, at_)) at_ += next.length;
  if (at_ == text_.size()) return false;
  if (IsMark(next.point)) {
    AppendUtf8(IsApostrophe(next.point) ? U'\'' : next.point, token);
    at_ += next.length;
    return true;
  }
  for (; IsLetter(next.point); next = Peek(text_, at_)) {
    AppendUtf8(Lower(next.point), token);
    at_ += next.length;
    const Character apostrophe = Peek(text_, at_);
    if (!IsApostrophe(apostrophe.point) || !IsLetter(Peek(text_, at_ + apostrophe.length).point))
      continue;
    token += '\'';
    at_ += apostrophe.length;
  }
  return true;
}

}  // namespace sweepformer::datasets
