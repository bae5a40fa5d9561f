#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

/// Bytes that come piece by piece.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  /// Puts up to `size` bytes at `into` and says how many; 0 at the end and nowhere else. A failure
  /// names the file.
  virtual Result<std::size_t> Read(char* into, std::size_t size) = 0;
};

/// The bytes of a text, which must outlive it.
class MemoryStream : public ByteStream {
 public:
  explicit MemoryStream(std::string_view bytes) : rest_(bytes) {}

  Result<std::size_t> Read(char* into, std::size_t size) override;

 private:
  std::string_view rest_;
};

/// A stream whose beginning has been looked at.
class PeekedStream : public ByteStream {
 public:
  /// `rest` gives what follows the beginning, and must outlive it.
  PeekedStream(std::string beginning, ByteStream& rest)
      : beginning_(std::move(beginning)), rest_(rest) {}

  Result<std::size_t> Read(char* into, std::size_t size) override;

 private:
  std::string beginning_;
  std::size_t at_ = 0;
  ByteStream& rest_;
};

/// More than this is no text file but a bomb, whatever it says of itself.
inline constexpr std::int64_t kMostBytes = std::int64_t{8} << 30;

/// The bytes of a file. What gzip, bzip2, xz or zstd has compressed, told by its content, comes
/// decompressed: nothing is written, and no more than `most` bytes are given. NotFound or IoError
/// if the file cannot be read; damage comes as InvalidArgument from Read.
Result<std::unique_ptr<ByteStream>> OpenFile(const std::filesystem::path& path,
                                             std::int64_t most = kMostBytes);

/// Whether a file begins as gzip's do.
bool IsGzip(const std::filesystem::path& path);

/// Up to `size` bytes, fewer only at the end.
Result<std::string> ReadUpTo(ByteStream& stream, std::size_t size);

/// All that is left in `stream`.
Result<std::string> ReadAll(ByteStream& stream);

}  // namespace sweepformer::datasets
