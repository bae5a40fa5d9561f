#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sweepformer {

/// How many printable ASCII characters `text` begins with: bytes, letters and columns alike.
std::size_t PlainLength(std::string_view text);

/// Bytes of the UTF-8 character that `text`, which is not empty, begins with; 0 where the bytes are
/// not UTF-8 (overlong forms and surrogates included).
std::size_t Utf8Length(std::string_view text);

bool IsUtf8(std::string_view text);

/// `text` as it may be given to a terminal: what that would obey (control characters, line breaks
/// and tabs apart) and bytes that are not UTF-8 become \x1b and the like. Workers, data and specs
/// are not trusted with the user's screen.
std::string Printable(std::string_view text);

/// The same on one line: line breaks and tabs become \n, \r and \t.
std::string PrintableLine(std::string_view text);

/// `text`, or what of it fits into `most` bytes, cut between characters, and "…".
std::string Shortened(std::string_view text, std::size_t most);

/// `word` as a shell reads it back: in quotes unless it is plain.
std::string ShellWord(std::string_view word);

}  // namespace sweepformer
