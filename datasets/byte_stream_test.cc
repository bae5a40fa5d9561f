#include "datasets/byte_stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <catch2/catch.hpp>

#include "datasets/csv.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

/// `content` compressed by one of libarchive's filters, without an archive around it.
void WriteCompressed(const std::filesystem::path& path, const char* filter,
                     std::string_view content) {
  archive* writer = archive_write_new();
  REQUIRE(archive_write_set_format_raw(writer) == ARCHIVE_OK);
  REQUIRE(archive_write_add_filter_by_name(writer, filter) == ARCHIVE_OK);
  REQUIRE(archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
  REQUIRE(archive_write_data(writer, content.data(), content.size()) >= 0);
  archive_entry_free(entry);
  archive_write_free(writer);
}

Result<std::string> Content(const std::filesystem::path& path, std::int64_t most = kMostBytes) {
  SF_ASSIGN(const auto stream, OpenFile(path, most));
  return ReadAll(*stream);
}

/// Gives a few bytes at a time.
class Drops : public ByteStream {
 public:
  Drops(std::string_view bytes, std::size_t most) : bytes_(bytes), most_(most) {}
  Result<std::size_t> Read(char* into, std::size_t size) override {
    return bytes_.Read(into, std::min(size, most_));
  }

 private:
  MemoryStream bytes_;
  std::size_t most_;
};

}  // namespace

TEST_CASE("a file comes as it is, or decompressed", "[datasets][bytes]") {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + "\n";
  CHECK(Content(folder.Write("plain", text)).value() == text);
  CHECK(Content(folder.Write("empty", "")).value().empty());
  for (const char* filter : {"gzip", "bzip2", "xz", "zstd"}) {
    INFO(filter);
    const auto path = folder.path() / filter;
    WriteCompressed(path, filter, text);
    CHECK(std::filesystem::file_size(path) < text.size());
    CHECK(Content(path).value() == text);
  }
}

TEST_CASE("a compressed file that is cut off or too large is refused", "[datasets][bytes]") {
  const TemporaryFolder folder;
  const std::string text(1'000'000, 'x');
  for (const char* filter : {"gzip", "bzip2", "xz", "zstd"}) {
    INFO(filter);
    const auto path = folder.path() / filter;
    WriteCompressed(path, filter, text);
    CHECK(MessageOf(Content(path, 1000)) ==
          path.string() + ": decompresses to more than 1000 bytes; is this the right file?");
    std::filesystem::resize_file(path, std::filesystem::file_size(path) / 2);
    CHECK(MessageOf(Content(path)).find("damaged or cut off") != std::string::npos);
  }
  CHECK(Content(folder.path() / "none").status().code() == Code::kNotFound);
  CHECK(Content(folder.path()).status().code() == Code::kIo);
}

TEST_CASE("csv is the same in whatever pieces it comes", "[datasets][bytes]") {
  const std::string text =
      "\xEF\xBB\xBF"
      "a,\"b \"\"q\"\"\r\nc\",\r\n\n\"\",x\ry,\"z\"\nlast,\"\xc3\xa9\",";
  const std::string file = "f";
  const auto records = [&](CsvReader reader) {
    std::vector<std::vector<std::string>> all;
    CsvRow row;
    for (auto more = reader.Next(row); more.ok() && *more; more = reader.Next(row)) {
      all.push_back(row.fields);
      all.back().push_back(std::to_string(row.line));
    }
    return all;
  };
  const auto whole = records(CsvReader(text, file));
  REQUIRE(whole.size() == 3);
  CHECK(whole[0] == std::vector<std::string>{"a", "b \"q\"\r\nc", "", "1"});
  CHECK(whole[1] == std::vector<std::string>{"", "x\ry", "z", "4"});
  for (std::size_t most = 1; most < 8; ++most) {
    Drops drops(text, most);
    CHECK(records(CsvReader(drops, file)) == whole);
  }
}
