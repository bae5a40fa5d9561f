#include "datasets/archive.h"

#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "datasets/archive_testing.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

struct Content {
  std::vector<std::string> names, contents;
  Status status;
};

/// Reads an archive up to its end or to what is wrong.
Content ReadAll(const std::filesystem::path& path, std::int64_t most = 1000) {
  Content all;
  auto reader = ArchiveReader::Open(path);
  if (!reader.ok()) return {{}, {}, reader.status()};
  for (;;) {
    const auto more = reader->Next();
    all.status = more.status();
    if (!more.ok() || !*more) return all;
    auto content = reader->Content(most);
    all.status = content.status();
    if (!content.ok()) return all;
    all.names.push_back(reader->name());
    all.contents.push_back(*content);
  }
}

/// The header of a file in a tar archive, whose content is missing.
std::string TarHeader(const std::string& name, std::int64_t size) {
  std::string header(512, '\0');
  const auto put = [&](std::size_t at, const std::string& text) {
    header.replace(at, text.size(), text);
  };
  put(0, name);
  put(100, "0000644");
  put(124, fmt::format("{:011o}", size));
  put(148, "        ");
  put(156, "0");
  put(257, std::string("ustar\0", 6) + "00");
  unsigned sum = 0;
  for (const char c : header) sum += static_cast<unsigned char>(c);
  put(148, fmt::format("{:06o}", sum));
  return header;
}

}  // namespace

TEST_CASE("files of an archive are read whatever compressed it", "[datasets][archive]") {
  for (const char* filter : {"none", "gzip", "bzip2", "xz", "zstd"}) {
    const TemporaryFolder folder;
    const auto path = folder.path() / "a";
    {
      ArchiveWriter writer(path, filter);
      writer.File("./x/one", "first");
      writer.File("x/two", "");
    }
    const Content all = ReadAll(path);
    INFO(filter << " " << all.status.message());
    CHECK(all.status.ok());
    CHECK(all.names == std::vector<std::string>{"x/one", "x/two"});
    CHECK(all.contents == std::vector<std::string>{"first", ""});
  }
}

TEST_CASE("names and links that lead elsewhere are passed over", "[datasets][archive]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.tar";
  {
    ArchiveWriter writer(path, "none");
    writer.File("/etc/one", "x");
    writer.File("../two", "x");
    writer.File("a/../../three", "x");
    writer.SymbolicLink("four", "/etc/passwd");
    writer.HardLink("five", "/etc/passwd");
    writer.File("a/good", "x");
  }
  const Content all = ReadAll(path);
  CHECK(all.status.ok());
  CHECK(all.names == std::vector<std::string>{"a/good"});
  CHECK_FALSE(std::filesystem::exists(folder.path().parent_path() / "two"));
}

TEST_CASE("a bomb is refused by what it claims, before it is unpacked", "[datasets][archive]") {
  const TemporaryFolder folder;
  const auto small = folder.Write("small.tar", TarHeader("a/skipped", 1 << 20));
  CHECK(ReadAll(small).status.message().find("damaged or cut off") != std::string::npos);
  const auto huge = folder.Write("huge.tar", TarHeader("a/skipped", std::int64_t{3} << 30));
  CHECK(ReadAll(huge).status.message() ==
        huge.string() + ": holds more than 2000000 files or 2 GiB; is this the right archive?");
}

TEST_CASE("a compressed bomb of many files is refused when it has grown too large",
          "[datasets][archive]") {
  // Counted by what comes out of the decompressor, headers included.
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.tar.gz";
  {
    ArchiveWriter writer(path, "gzip");
    const std::string zeros(1 << 20, '\0');
    for (int i = 0; i < 40; ++i) writer.File("zeros", zeros);
  }
  CHECK(std::filesystem::file_size(path) < 100'000);
  auto reader = ArchiveReader::Open(path, std::int64_t{32} << 20);
  REQUIRE(reader.ok());
  int files = 0;
  auto more = reader->Next();
  for (; more.ok() && *more; more = reader->Next()) ++files;
  CHECK(MessageOf(more).find("is this the right archive?") != std::string::npos);
  CHECK((files > 20 && files < 33));
}

TEST_CASE("a file larger than was asked for is refused", "[datasets][archive]") {
  const TemporaryFolder folder;
  const auto path = folder.path() / "a.tar.gz";
  ArchiveWriter(path, "gzip").File("a/big", std::string(100'000, 'x'));
  CHECK(ReadAll(path, 100'000).contents.at(0).size() == 100'000);
  CHECK(ReadAll(path, 99'999).status.message() ==
        path.string() + ": 'a/big' is larger than 99999 bytes");
}

TEST_CASE("what is no archive, or not there, says so", "[datasets][archive]") {
  const TemporaryFolder folder;
  const auto text = folder.Write("text", std::string(2000, 'x'));
  CHECK(ReadAll(text).status.code() == Code::kInvalidArgument);
  CHECK(ReadAll(text).status.message().starts_with(text.string() + ": "));
  CHECK(ReadAll(folder.path() / "none").status.code() == Code::kNotFound);
}

TEST_CASE("an archive cut off anywhere gives its first files or says so", "[datasets][archive]") {
  for (const char* filter : {"none", "gzip", "xz"}) {
    const TemporaryFolder folder;
    {
      ArchiveWriter writer(folder.path() / "whole", filter);
      for (int i = 0; i < 5; ++i)
        writer.File("a/" + std::to_string(i), std::string(700, static_cast<char>('a' + i)));
    }
    const std::string bytes = ReadFile(folder.path() / "whole").value();
    const Content whole = ReadAll(folder.path() / "whole");
    REQUIRE(whole.names.size() == 5);
    for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 97 + 1) {
      const Content cut = ReadAll(folder.Write("cut", bytes.substr(0, size)));
      INFO(filter << " " << size);
      CHECK(cut.names.size() <= 5);
      CHECK(std::equal(cut.contents.begin(), cut.contents.end(), whole.contents.begin()));
      CHECK((!cut.status.ok() || std::string(filter) == "none"));
      if (!cut.status.ok())
        CHECK(cut.status.message().starts_with((folder.path() / "cut").string()));
    }
  }
}
