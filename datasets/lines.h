#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "datasets/byte_stream.h"

namespace sweepformer::datasets {

/// Walks over the lines of a text; a line ends at "\n" or "\r\n" or where the text does.
class LineReader {
 public:
  explicit LineReader(std::string_view text) : rest_(text) {}

  /// False at the end. `line` is a view into the text, without its line end.
  bool Next(std::string_view& line);

  std::size_t number() const { return number_; }  ///< of the line last given, from 1

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

/// The same over a stream: memory is that of a block and one line.
class StreamLines {
 public:
  /// A longer line is refused.
  static constexpr std::size_t kLongestLine = std::size_t{1} << 24;

  /// `stream` and `file` must outlive it.
  StreamLines(ByteStream& stream, const std::string& file) : stream_(stream), file_(file) {}

  /// False at the end. `line` is valid until the next call. InvalidArgument for an absurd line,
  /// else what the stream failed with.
  Result<bool> Next(std::string_view& line);

  std::size_t number() const { return number_; }  ///< of the line last given, from 1

 private:
  ByteStream& stream_;
  const std::string& file_;
  std::string block_;
  std::size_t at_ = 0;  ///< in block_
  std::size_t number_ = 0;
};

/// `text` for a message: in quotes, cut after 40 bytes, unprintable bytes as '?'.
std::string Excerpt(std::string_view text);

/// Removes a UTF-8 byte order mark, which editors on Windows put first.
std::string_view SkipByteOrderMark(std::string_view text);

}  // namespace sweepformer::datasets
