#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// All of a file. NotFound if it is missing, IoError if it cannot be read.
Result<std::string> ReadFile(const std::filesystem::path& path);

/// Where `path` leads: links are followed, also one to what is not there yet, as open()
/// does that makes it.
std::filesystem::path FollowLinks(const std::filesystem::path& path);

/// All of standard input, whatever it is: a socket cannot be opened as /dev/stdin.
Result<std::string> ReadStandardInput();

/// Writes all of `content` to an open file, however many writes that takes. IoError, which names
/// `path`, if it cannot be written.
Status WriteAll(int fd, std::string_view content, const std::filesystem::path& path);

/// Replaces `path` by `content` at once: a reader sees the old file or the new one, never a part,
/// also after a power cut. Makes missing parent folders.
Status WriteFileAtomic(const std::filesystem::path& path, std::string_view content);

/// A file that appears at once, as WriteFileAtomic makes it, for content that comes in pieces.
class NewFile {
 public:
  /// Makes missing parent folders. IoError if nothing can be written there.
  static Result<NewFile> Begin(const std::filesystem::path& path);

  NewFile(NewFile&&) = default;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();  ///< leaves nothing behind unless it was finished

  Status Append(std::string_view piece);

  /// Brings what was appended to the disk.
  Status Sync();

  /// Brings what was appended to the disk and puts the file in its place, the folder's entry
  /// included.
  Status Finish();

 private:
  NewFile(std::filesystem::path path, std::filesystem::path temporary, UniqueFd fd);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  UniqueFd fd_;
  bool synced_ = false;
};

/// What tells cheaply that a file has changed.
struct FileStamp {
  std::uintmax_t size_bytes = 0;
  std::int64_t mtime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

/// NotFound if there is no such file.
Result<FileStamp> StampFile(const std::filesystem::path& path);

/// Whether `path` leads to a file. False, too, where that cannot be seen, as in a folder that may
/// not be entered.
bool IsFile(const std::filesystem::path& path);

/// The same of a folder.
bool IsFolder(const std::filesystem::path& path);

/// Where derived facts that can be recomputed are kept: $XDG_CACHE_HOME/sweepformer or
/// ~/.cache/sweepformer; a folder under /tmp where there is no home.
std::filesystem::path CacheFolder();

}  // namespace sweepformer
