#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

// Archives for the tests, hostile ones included.

namespace sweepformer::datasets {

/// Writes a tar archive entry by entry.
class ArchiveWriter {
 public:
  /// `filter` is one of libarchive's names: none, gzip, bzip2, xz, zstd.
  ArchiveWriter(const std::filesystem::path& path, const char* filter)
      : writer_(archive_write_new()) {
    archive_write_set_format_pax_restricted(writer_);
    if (std::string_view(filter) != "none") Must(archive_write_add_filter_by_name(writer_, filter));
    Must(archive_write_open_filename(writer_, path.c_str()));
  }
  ~ArchiveWriter() { archive_write_free(writer_); }
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  void File(const std::string& name, std::string_view content) {
    archive_entry* entry = Entry(name, AE_IFREG);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    Must(archive_write_header(writer_, entry));
    if (archive_write_data(writer_, content.data(), content.size()) < 0) std::abort();
    archive_entry_free(entry);
  }

  void SymbolicLink(const std::string& name, const std::string& target) {
    archive_entry* entry = Entry(name, AE_IFLNK);
    archive_entry_set_symlink(entry, target.c_str());
    Must(archive_write_header(writer_, entry));
    archive_entry_free(entry);
  }

  void HardLink(const std::string& name, const std::string& target) {
    archive_entry* entry = Entry(name, AE_IFREG);
    archive_entry_set_hardlink(entry, target.c_str());
    Must(archive_write_header(writer_, entry));
    archive_entry_free(entry);
  }

 private:
  static archive_entry* Entry(const std::string& name, unsigned type) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, 0644);
    return entry;
  }
  static void Must(int result) {
    if (result != ARCHIVE_OK) std::abort();
  }

  archive* writer_;
};

}  // namespace sweepformer::datasets
