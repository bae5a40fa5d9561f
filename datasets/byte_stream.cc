#include "datasets/byte_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "orchestrator/core/file.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;

Status Damaged(const fs::path& path, const char* reason) {
  return InvalidArgument(fmt::format("{}: damaged or cut off ({}); get the file again",
                                     path.string(), reason ? reason : "no reason given"));
}

Status TooLarge(const fs::path& path, std::int64_t most) {
  return InvalidArgument(fmt::format(
      "{}: decompresses to more than {} bytes; is this the right file?", path.string(), most));
}

class PlainFile : public ByteStream {
 public:
  PlainFile(const fs::path& path, std::ifstream file) : path_(path), file_(std::move(file)) {}

  Result<std::size_t> Read(char* into, std::size_t size) override {
    file_.read(into, static_cast<std::streamsize>(size));
    if (file_.bad()) return IoError(fmt::format("{}: cannot read it", path_.string()));
    return static_cast<std::size_t>(file_.gcount());
  }

 private:
  fs::path path_;
  std::ifstream file_;
};

/// By zlib: libarchive does not compare gzip's checksums.
class GzipFile : public ByteStream {
 public:
  GzipFile(const fs::path& path, std::int64_t most)
      : path_(path), left_(most), most_(most), file_(gzopen(path.c_str(), "rb")) {
    if (file_) gzbuffer(file_, kBlockBytes);
  }
  ~GzipFile() override {
    if (file_) gzclose(file_);
  }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;

  Result<std::size_t> Read(char* into, std::size_t size) override {
    if (!file_) return IoError(fmt::format("{}: cannot read it", path_.string()));
    const int count = gzread(file_, into, static_cast<unsigned>(std::min(size, kBlockBytes)));
    int error = Z_OK;
    const char* reason = gzerror(file_, &error);
    if (count < 0 || error != Z_OK) return Damaged(path_, reason);
    left_ -= count;
    if (left_ < 0) return TooLarge(path_, most_);
    return static_cast<std::size_t>(count);
  }

 private:
  fs::path path_;
  std::int64_t left_;
  std::int64_t most_;
  gzFile file_;
};

/// libarchive's raw format: one entry, the decompressed file.
class CompressedFile : public ByteStream {
 public:
  CompressedFile(const fs::path& path, std::int64_t most)
      : path_(path), left_(most), most_(most), reader_(archive_read_new()) {
    archive_read_support_format_raw(reader_);
    archive_read_support_filter_bzip2(reader_);
    archive_read_support_filter_xz(reader_);
    archive_read_support_filter_zstd(reader_);
  }
  ~CompressedFile() override { archive_read_free(reader_); }
  CompressedFile(const CompressedFile&) = delete;
  CompressedFile& operator=(const CompressedFile&) = delete;

  Status Open() {
    archive_entry* entry = nullptr;
    if (archive_read_open_filename(reader_, path_.c_str(), kBlockBytes) != ARCHIVE_OK ||
        archive_read_next_header(reader_, &entry) != ARCHIVE_OK)
      return Damaged(path_, archive_error_string(reader_));
    return {};
  }

  Result<std::size_t> Read(char* into, std::size_t size) override {
    const la_ssize_t count = archive_read_data(reader_, into, size);
    if (count < 0) return Damaged(path_, archive_error_string(reader_));
    left_ -= count;
    if (left_ < 0) return TooLarge(path_, most_);
    return static_cast<std::size_t>(count);
  }

 private:
  fs::path path_;
  std::int64_t left_;
  std::int64_t most_;
  archive* reader_;
};

constexpr std::string_view kGzip = "\x1f\x8b";

bool IsCompressed(std::string_view beginning) {
  constexpr std::string_view kXz("\xfd\x37zXZ\0", 6);
  return beginning.starts_with("BZh") || beginning.starts_with(kXz) ||
         beginning.starts_with("\x28\xb5\x2f\xfd");
}

}  // namespace

Result<std::size_t> MemoryStream::Read(char* into, std::size_t size) {
  const std::size_t count = std::min(size, rest_.size());
  if (count > 0) std::memcpy(into, rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

Result<std::size_t> PeekedStream::Read(char* into, std::size_t size) {
  if (at_ == beginning_.size()) return rest_.Read(into, size);
  const std::size_t count = beginning_.copy(into, size, at_);
  at_ += count;
  return count;
}

bool IsGzip(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  char beginning[kGzip.size()] = {};
  return file.read(beginning, sizeof beginning) &&
         std::string_view(beginning, sizeof beginning) == kGzip;
}

Result<std::string> ReadUpTo(ByteStream& stream, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t held = 0;
  while (held < size) {
    SF_ASSIGN(const std::size_t count, stream.Read(bytes.data() + held, size - held));
    if (count == 0) break;
    held += count;
  }
  bytes.resize(held);
  return bytes;
}

Result<std::unique_ptr<ByteStream>> OpenFile(const fs::path& path, std::int64_t most) {
  SF_TRY(StampFile(path).status());
  std::ifstream file(path, std::ios::binary);
  char beginning[6] = {};
  file.read(beginning, sizeof beginning);
  if (file.bad() || (!file && !file.eof()) || fs::is_directory(path))
    return IoError(fmt::format("{}: cannot read it", path.string()));
  const std::string_view begins(beginning, static_cast<std::size_t>(file.gcount()));
  if (begins.starts_with(kGzip))
    return std::unique_ptr<ByteStream>(std::make_unique<GzipFile>(path, most));
  if (IsCompressed(begins)) {
    auto compressed = std::make_unique<CompressedFile>(path, most);
    SF_TRY(compressed->Open());
    return std::unique_ptr<ByteStream>(std::move(compressed));
  }
  file.clear();
  file.seekg(0);
  return std::unique_ptr<ByteStream>(std::make_unique<PlainFile>(path, std::move(file)));
}

Result<std::string> ReadAll(ByteStream& stream) {
  std::string bytes;
  std::size_t size = 0;
  for (;;) {
    bytes.resize(size + kBlockBytes);
    SF_ASSIGN(const std::size_t count, stream.Read(bytes.data() + size, kBlockBytes));
    size += count;
    if (count == 0) break;
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace sweepformer::datasets
