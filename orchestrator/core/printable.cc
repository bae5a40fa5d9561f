#include "orchestrator/core/printable.h"

#include <fmt/format.h>

#include <algorithm>

namespace sweepformer {
namespace {

unsigned char Byte(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

/// Below blank, DEL and, as two bytes, the C1 controls, which some terminals obey too.
bool IsControl(std::string_view character) {
  const unsigned first = Byte(character, 0);
  return first < 0x20 || first == 0x7f ||
         (first == 0xc2 && character.size() == 2 && Byte(character, 1) < 0xa0);
}

std::string Escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return text;
}

/// Escapes what must not be shown; characters in `kept` are left alone.
std::string Escape(std::string_view text, std::string_view kept) {
  std::string out;
  while (!text.empty()) {
    const std::size_t plain = PlainLength(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t length = Utf8Length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(1, length));
    const bool shown = length > 0 && (!IsControl(character) || kept.find(character) != kept.npos);
    out += shown ? std::string(character) : Escaped(character);
    text.remove_prefix(character.size());
  }
  return out;
}

}  // namespace

std::size_t PlainLength(std::string_view text) {
  const auto end =
      std::find_if(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c >= 0x7f; });
  return static_cast<std::size_t>(end - text.begin());
}

std::size_t Utf8Length(std::string_view text) {
  const unsigned first = Byte(text, 0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((Byte(text, i) & 0xc0) != 0x80) return 0;
  }
  const unsigned second = Byte(text, 1);
  const bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  const bool surrogate = first == 0xed && second >= 0xa0;
  return overlong || surrogate || (first == 0xf4 && second >= 0x90) ? 0 : size;
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string Printable(std::string_view text) { return Escape(text, "\n\t"); }

std::string PrintableLine(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\r') {
      line += "\\r";
    } else if (c == '\t') {
      line += "\\t";
    } else {
      line += c;
    }
  }
  return Printable(line);
}

std::string Shortened(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  constexpr std::string_view kMore = "…";
  std::size_t end = most > kMore.size() ? most - kMore.size() : 0;
  while (end > 0 && (Byte(text, end) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)).append(kMore);
}

std::string ShellWord(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_,./=+:@%-";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace sweepformer
