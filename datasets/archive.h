#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "datasets/byte_stream.h"
#include "orchestrator/core/status.h"

struct archive;
struct archive_entry;

namespace sweepformer::datasets {

/// Reads the files of a tar or zip archive one after the other, as a stream: a tar plain or
/// compressed by gzip, bzip2, xz or zstd, told by its content. Nothing is ever written, so that no
/// name in an archive can do harm; folders, links, devices and names that are absolute or have a
/// ".." are passed over. Memory is that of the decompressor and one file, whatever the archive
/// claims.
class ArchiveReader {
 public:
  /// What an archive may hold; beyond it, it is taken for a bomb.
  static constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;
  static constexpr std::int64_t kMostEntries = 2'000'000;

  /// NotFound or IoError if the file cannot be read, InvalidArgument if it is no archive.
  static Result<ArchiveReader> Open(const std::filesystem::path& path,
                                    std::int64_t most_bytes = kMostBytes);

  ArchiveReader(ArchiveReader&& other) noexcept;
  ArchiveReader& operator=(ArchiveReader&&) = delete;
  ~ArchiveReader();

  /// Goes on to the next regular file; false at the end. InvalidArgument "path: ..." for an archive
  /// that is damaged, cut off or too large.
  Result<bool> Next();

  /// Of the file Next went to, without a leading "./".
  const std::string& name() const { return name_; }

  /// Its content, once. InvalidArgument if that is damaged or more than `most` bytes.
  Result<std::string> Content(std::int64_t most);

  /// The next bytes of its content, in place of all of it; 0 at the end.
  Result<std::size_t> Read(char* into, std::size_t size);

 private:
  struct Feed;
  ArchiveReader(std::filesystem::path path, std::int64_t most_bytes);
  Status OpenCompressed();
  Status CheckSize(const archive_entry* entry);
  Status CountRead(std::size_t bytes);
  Status Bad(const std::string& what) const;
  Status TooLarge() const;
  Status Damaged() const;

  std::filesystem::path path_;
  std::int64_t most_bytes_;
  archive* reader_;
  std::unique_ptr<Feed> feed_;  ///< of what this project decompresses
  std::string name_;
  std::int64_t entries_ = 0;
  std::int64_t bytes_read_ = 0;
};

/// Whether a file name says that it is an archive: .tar, .tar.gz and the like, .tgz, .zip.
bool IsArchiveName(const std::filesystem::path& path);

/// The content of the one file in an archive whose name ends with `member`, as a stream.
/// InvalidArgument if there is none.
Result<std::unique_ptr<ByteStream>> OpenMember(const std::filesystem::path& path,
                                               const std::string& member);

}  // namespace sweepformer::datasets
