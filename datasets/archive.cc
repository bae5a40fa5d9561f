#include "datasets/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "orchestrator/core/file.h"

namespace sweepformer::datasets {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

/// Whether a name stays below the folder it is unpacked in.
bool IsHarmless(const std::filesystem::path& name) {
  return !name.empty() && !name.is_absolute() &&
         std::find(name.begin(), name.end(), "..") == name.end();
}

/// A file in an archive.
class MemberStream : public ByteStream {
 public:
  explicit MemberStream(ArchiveReader archive) : archive_(std::move(archive)) {}

  Result<std::size_t> Read(char* into, std::size_t size) override {
    return archive_.Read(into, size);
  }

 private:
  ArchiveReader archive_;
};

bool EndsWithPath(const std::string& name, const std::string& member) {
  return name == member || name.ends_with("/" + member);
}

}  // namespace

/// What libarchive reads from in place of a file.
struct ArchiveReader::Feed {
  std::unique_ptr<ByteStream> stream;
  std::vector<char> block = std::vector<char>(kBlockBytes);
  Status trouble = {};  ///< the stream's

  static la_ssize_t Read(archive* reader, void* feed, const void** block) {
    auto& self = *static_cast<Feed*>(feed);
    const auto count = self.stream->Read(self.block.data(), self.block.size());
    *block = self.block.data();
    if (count.ok()) return static_cast<la_ssize_t>(*count);
    self.trouble = count.status();
    archive_set_error(reader, EIO, "damaged");
    return ARCHIVE_FATAL;
  }
};

ArchiveReader::ArchiveReader(std::filesystem::path path, std::int64_t most_bytes)
    : path_(std::move(path)), most_bytes_(most_bytes), reader_(archive_read_new()) {
  archive_read_support_format_tar(reader_);
  archive_read_support_format_zip(reader_);
  archive_read_support_filter_bzip2(reader_);
  archive_read_support_filter_xz(reader_);
  archive_read_support_filter_zstd(reader_);
}

ArchiveReader::ArchiveReader(ArchiveReader&& other) noexcept
    : path_(std::move(other.path_)),
      most_bytes_(other.most_bytes_),
      reader_(std::exchange(other.reader_, nullptr)),
      feed_(std::move(other.feed_)),
      name_(std::move(other.name_)),
      entries_(other.entries_),
      bytes_read_(other.bytes_read_) {}

ArchiveReader::~ArchiveReader() {
  if (reader_) archive_read_free(reader_);
}

Status ArchiveReader::Bad(const std::string& what) const {
  return InvalidArgument(fmt::format("{}: {}", path_.string(), what));
}

Status ArchiveReader::Damaged() const {
  if (feed_) SF_TRY(feed_->trouble);
  const char* reason = archive_error_string(reader_);
  return Bad(fmt::format("damaged or cut off after {} entries ({}); get the file again", entries_,
                         reason ? reason : "no reason given"));
}

Result<ArchiveReader> ArchiveReader::Open(const std::filesystem::path& path,
                                          std::int64_t most_bytes) {
  SF_TRY(StampFile(path).status());
  ArchiveReader reader(path, most_bytes);
  if (IsGzip(path)) {
    SF_TRY(reader.OpenCompressed());
    return reader;
  }
  if (archive_read_open_filename(reader.reader_, path.c_str(), kBlockBytes) == ARCHIVE_OK)
    return reader;
  const char* reason = archive_error_string(reader.reader_);
  return reader.Bad(fmt::format("cannot be read as an archive ({})", reason ? reason : ""));
}

Status ArchiveReader::OpenCompressed() {
  feed_ = std::make_unique<Feed>();
  SF_ASSIGN(feed_->stream, OpenFile(path_));
  if (archive_read_open(reader_, feed_.get(), nullptr, Feed::Read, nullptr) == ARCHIVE_OK)
    return {};
  SF_TRY(feed_->trouble);
  const char* reason = archive_error_string(reader_);
  return Bad(fmt::format("cannot be read as an archive ({})", reason ? reason : ""));
}

/// Asked before the entry is read or passed over, since passing over decompresses it.
Status ArchiveReader::CheckSize(const archive_entry* entry) {
  const std::int64_t so_far = archive_filter_bytes(reader_, 0);
  const std::int64_t size = archive_entry_size(const_cast<archive_entry*>(entry));
  if (++entries_ > kMostEntries || size > most_bytes_ || so_far > most_bytes_ - size)
    return TooLarge();
  return {};
}

Status ArchiveReader::CountRead(std::size_t bytes) {
  bytes_read_ += static_cast<std::int64_t>(bytes);
  return bytes_read_ > most_bytes_ ? TooLarge() : Status();
}

Status ArchiveReader::TooLarge() const {
  return Bad(fmt::format("holds more than {} files or {} GiB; is this the right archive?",
                         kMostEntries, most_bytes_ >> 30));
}

Result<bool> ArchiveReader::Next() {
  for (;;) {
    archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader_, &entry);
    if (result == ARCHIVE_EOF) return false;
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) return Damaged();
    SF_TRY(CheckSize(entry));
    const bool is_file = archive_entry_filetype(entry) == AE_IFREG &&
                         !archive_entry_hardlink(entry) && !archive_entry_symlink(entry);
    const char* name = archive_entry_pathname(entry);
    if (!is_file || !name || !IsHarmless(name)) continue;
    name_ = std::filesystem::path(name).lexically_normal().string();
    return true;
  }
}

Result<std::string> ArchiveReader::Content(std::int64_t most) {
  std::string content;
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  for (;;) {
    const int result = archive_read_data_block(reader_, &block, &size, &offset);
    if (result == ARCHIVE_EOF) return content;
    if (result != ARCHIVE_OK) return Damaged();
    // Sparse files may leave holes: those count too.
    if (offset < 0 || offset > most || static_cast<std::int64_t>(size) > most - offset)
      return Bad(fmt::format("'{}' is larger than {} bytes", name_, most));
    SF_TRY(CountRead(static_cast<std::size_t>(offset) - content.size() + size));
    content.resize(static_cast<std::size_t>(offset));
    content.append(static_cast<const char*>(block), size);
  }
}

Result<std::size_t> ArchiveReader::Read(char* into, std::size_t size) {
  const la_ssize_t count = archive_read_data(reader_, into, size);
  if (count < 0) return Damaged();
  SF_TRY(CountRead(static_cast<std::size_t>(count)));
  return static_cast<std::size_t>(count);
}

bool IsArchiveName(const std::filesystem::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with(".tar") || name.ends_with(".tgz") || name.ends_with(".zip") ||
         name.find(".tar.") != std::string::npos;
}

Result<std::unique_ptr<ByteStream>> OpenMember(const std::filesystem::path& path,
                                               const std::string& member) {
  SF_ASSIGN(ArchiveReader archive, ArchiveReader::Open(path));
  for (;;) {
    SF_ASSIGN(const bool more, archive.Next());
    if (!more)
      return InvalidArgument(
          fmt::format("{}: holds no '{}'; get the archive again", path.string(), member));
    if (EndsWithPath(archive.name(), member)) break;
  }
  return std::unique_ptr<ByteStream>(std::make_unique<MemberStream>(std::move(archive)));
}

}  // namespace sweepformer::datasets
