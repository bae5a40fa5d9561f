#include "datasets/imdb.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <map>

#include "datasets/archive_testing.h"
#include "datasets/corpus.h"
#include "datasets/fingerprint.h"
#include "datasets/prepare.h"
#include "datasets/source_files.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;
namespace fs = std::filesystem;

namespace {

using Files = std::map<std::string, std::string>;

/// One review of each kind and what else the publisher's archive holds.
Files SomeFiles() {
  return {{"train/pos/10_9.txt", "a good film"},
          {"train/pos/2_7.txt", "fine<br />"},
          {"train/neg/0_1.txt", "a bad film"},
          {"test/pos/0_10.txt", "splendid"},
          {"test/neg/0_4.txt", "meh"},
          {"train/unsup/0_0.txt", "who knows"},
          {"train/labeledBow.feat", "9 0:9 1:1"},
          {"train/urls_pos.txt", "http://x"},
          {"README", "read me"},
          {"train/pos/._10_9.txt", "of a Mac"}};
}

fs::path WriteFolder(const TemporaryFolder& folder, const Files& files) {
  for (const auto& [name, content] : files) folder.Write("aclImdb/" + name, content);
  return folder.path() / "aclImdb";
}

fs::path WriteArchive(const TemporaryFolder& folder, const Files& files, const char* filter,
                      const std::string& name = "aclImdb_v1.tar.gz") {
  ArchiveWriter writer(folder.path() / name, filter);
  for (const auto& [file, content] : files) writer.File("aclImdb/" + file, content);
  return folder.path() / name;
}

std::vector<Review> Expected() {
  return {{"", "a bad film", 0, 1, "", Part::kTrain},
          {"", "fine<br />", 1, 7, "", Part::kTrain},
          {"", "a good film", 1, 9, "", Part::kTrain},
          {"", "meh", 0, 4, "", Part::kTest},
          {"", "splendid", 1, 10, "", Part::kTest}};
}

/// The message that a folder and an archive of `files` are refused with, the path taken out.
std::string RefusalOf(const Files& files) {
  const TemporaryFolder folder;
  const fs::path archive = WriteArchive(folder, files, "none");
  const std::string message = MessageOf(ReadImdb(archive));
  CHECK_FALSE(ReadImdb(WriteFolder(folder, files)).ok());
  REQUIRE(message.starts_with(archive.string() + ": "));
  return message.substr(archive.string().size() + 2);
}

DatasetRequest Within(const fs::path& folder) {
  DatasetRequest request;
  request.name = "imdb";
  request.data_folder = folder;
  return request;
}

}  // namespace

TEST_CASE("a folder and any archive of it give the same reviews and one hash", "[datasets][imdb]") {
  const TemporaryFolder folder;
  const fs::path tree = WriteFolder(folder, SomeFiles());
  CHECK(ReadImdb(tree).value() == Expected());
  const std::string hash = HashImdb(tree).value();
  for (const char* filter : {"none", "gzip", "xz"}) {
    const fs::path archive = WriteArchive(folder, SomeFiles(), filter);
    CHECK(ReadImdb(archive).value() == Expected());
    CHECK(HashImdb(archive).value() == hash);
  }
  Files other = SomeFiles();
  other["train/unsup/0_0.txt"] = "not read";
  CHECK(HashImdb(WriteArchive(folder, other, "none")).value() == hash);
  other["test/pos/0_10.txt"] += "!";
  CHECK(HashImdb(WriteArchive(folder, other, "none")).value() != hash);
}

TEST_CASE("names that are none of imdb's, and stars of the other side, are refused",
          "[datasets][imdb]") {
  const auto with = [](const std::string& name) {
    Files files = SomeFiles();
    files[name] = "x";
    return RefusalOf(files);
  };
  CHECK(with("train/pos/one.txt") ==
        "'aclImdb/train/pos/one.txt' is not named ID_STARS.txt, as 12_8.txt is");
  CHECK(with("train/pos/3_.txt").find("is not named") != std::string::npos);
  CHECK(with("train/pos/3_8.text").find("is not named") != std::string::npos);
  CHECK(with("train/pos/-3_8.txt").find("is not named") != std::string::npos);
  CHECK(with("test/neg/3_8.txt") ==
        "'aclImdb/test/neg/3_8.txt': 8 stars are not of the side 'test/neg'");
  CHECK(with("train/pos/3_11.txt").find("11 stars") != std::string::npos);
}

TEST_CASE("a set without one of its four folders is refused", "[datasets][imdb]") {
  for (const char* gone : {"train/neg/0_1.txt", "test/pos/0_10.txt", "test/neg/0_4.txt"}) {
    Files files = SomeFiles();
    files.erase(gone);
    CHECK(RefusalOf(files).starts_with("no review in '" + std::string(gone).substr(0, 8)));
  }
}

TEST_CASE("a review out of all proportion is refused", "[datasets][imdb]") {
  Files files = SomeFiles();
  files["train/pos/3_8.txt"] = std::string(kLongestReview + 1, 'x');
  CHECK(RefusalOf(files) == "'aclImdb/train/pos/3_8.txt' is larger than 1048576 bytes");
}

TEST_CASE("a review that cannot be read is refused, not left out", "[datasets][imdb]") {
  const TemporaryFolder folder;
  const fs::path path = WriteFolder(folder, SomeFiles());
  fs::create_symlink("gone", path / "train/neg/7_2.txt");
  CHECK(MessageOf(ReadImdb(path)) ==
        (path / "train/neg/7_2.txt").string() + ": cannot be read: No such file or directory");
}

TEST_CASE("a review that an archive holds twice is refused", "[datasets][imdb]") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.tar";
  {
    ArchiveWriter writer(path, "none");
    for (const auto& [file, content] : SomeFiles()) writer.File(file, content);
    writer.File("train/pos/2_7.txt", "another");
  }
  CHECK(MessageOf(ReadImdb(path)) ==
        path.string() + ": 1 reviews have the name of another; get the file again");
}

TEST_CASE("links in a hostile archive bring nothing in", "[datasets][imdb]") {
  const TemporaryFolder folder;
  const fs::path path = folder.path() / "a.tar";
  {
    ArchiveWriter writer(path, "none");
    for (const auto& [file, content] : SomeFiles()) writer.File("aclImdb/" + file, content);
    writer.SymbolicLink("aclImdb/train/pos/5_8.txt", "/etc/passwd");
    writer.HardLink("aclImdb/train/pos/6_8.txt", "/etc/passwd");
    writer.File("/aclImdb/train/pos/7_8.txt", "absolute");
    writer.File("x/../../train/pos/8_8.txt", "above");
  }
  CHECK(ReadImdb(path).value() == Expected());
}

TEST_CASE("imdb is found as folder or archive, the folder first", "[datasets][imdb]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  WriteArchive(folder, SomeFiles(), "gzip");
  const auto archive = FindFiles(Within(folder.path()));
  REQUIRE(archive.ok());
  CHECK(archive->front().path.filename() == "aclImdb_v1.tar.gz");
  const std::string print = Fingerprint(Within(folder.path())).value();
  WriteFolder(folder, SomeFiles());
  CHECK(FindFiles(Within(folder.path()))->front().path.filename() == "aclImdb");
  CHECK(Fingerprint(Within(folder.path())).value() == print);
  DatasetRequest named = Within("");
  named.data_path = {(folder.path() / "aclImdb").string()};
  CHECK(Load(named)->counts.kept == 5);
  CHECK(Fingerprint(named).value() == print);
  folder.Write("aclImdb/test/neg/0_4.txt", "meh?");
  CHECK(Fingerprint(Within(folder.path())).value() != print);
}

TEST_CASE("a file changed inside a folder the cache knows is noticed", "[datasets][imdb]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const fs::path tree = WriteFolder(folder, SomeFiles());
  const auto age = [&](int hours) {
    const auto time = fs::file_time_type::clock::now() - std::chrono::hours(hours);
    for (const auto& entry : fs::recursive_directory_iterator(tree))
      fs::last_write_time(entry.path(), time);
    fs::last_write_time(tree, time);
  };
  age(3);
  const std::string before = Fingerprint(Within(folder.path())).value();
  CHECK(Fingerprint(Within(folder.path())).value() == before);
  folder.Write("aclImdb/test/neg/0_4.txt", "hem");  // of the same size
  CHECK(Fingerprint(Within(folder.path())).value() != before);
}

TEST_CASE("a file changed behind a link inside a folder the cache knows is noticed",
          "[datasets][imdb]") {
  const TemporaryCache cache;
  const TemporaryFolder folder, elsewhere;
  const fs::path tree = WriteFolder(elsewhere, SomeFiles());
  const auto time = fs::file_time_type::clock::now() - std::chrono::hours(3);
  for (const auto& entry : fs::recursive_directory_iterator(tree))
    fs::last_write_time(entry.path(), time);
  fs::create_directory(folder.path() / "aclImdb");
  for (const char* part : {"train", "test"})
    fs::create_directory_symlink(tree / part, folder.path() / "aclImdb" / part);
  fs::last_write_time(folder.path() / "aclImdb", time);
  const std::string before = Fingerprint(Within(folder.path())).value();
  elsewhere.Write("aclImdb/test/neg/0_4.txt", "hem");  // of the same size
  CHECK(Fingerprint(Within(folder.path())).value() != before);
}

TEST_CASE("the publisher's test part is kept and no training review stands in it",
          "[datasets][imdb]") {
  Files files;
  for (int i = 0; i < 40; ++i)
    for (const auto& [side, stars] : {std::pair("pos", "9"), std::pair("neg", "2")})
      for (const char* part : {"train", "test"}) {
        std::string name = std::string(part) + "/" + side + "/" + std::to_string(i);
        name += std::string("_") + stars + ".txt";
        files[name] = name;
      }
  files["train/pos/0_9.txt"] = files["test/pos/0_9.txt"];
  files["train/pos/1_9.txt"] = files["train/pos/2_9.txt"];
  files["test/neg/1_2.txt"] = files["test/neg/2_2.txt"];
  const TemporaryFolder folder;
  WriteArchive(folder, files, "gzip");
  const auto corpus = Load(Within(folder.path()));
  REQUIRE(corpus.ok());
  CHECK(corpus->counts.rows_read == 160);
  CHECK(corpus->counts.also_in_test == 1);
  CHECK(corpus->counts.duplicates == 2);
  CHECK(corpus->counts.kept == 157);
  const auto data = Prepare({{"dataset", "imdb"}, {"valid_share", 0.3}}, 1, folder.path());
  INFO(MessageOf(data));
  REQUIRE(data.ok());
  CHECK(data->test.size() == 79);
  CHECK(data->train.size() + data->valid.size() == 78);
  CHECK(data->test_items[0].stars > 0);
  CHECK(MessageOf(Prepare({{"dataset", "imdb"}, {"input", "title"}}, 1, folder.path())) ==
        "input = 'title', but imdb has no titles; use body");
}

TEST_CASE("the real imdb has the counts of its makers", "[datasets][imdb][real]") {
  const auto folder = RealData();
  if (!folder) return;
  const auto corpus = Load(Within(*folder));
  INFO(MessageOf(corpus));
  REQUIRE(corpus.ok());
  CHECK(corpus->counts.rows_read == 50'000);
  CHECK(corpus->counts.kept == 49'582);
  CHECK(corpus->counts.kept + corpus->counts.duplicates + corpus->counts.also_in_test == 50'000);
  const auto test = std::count_if(corpus->reviews.begin(), corpus->reviews.end(),
                                  [](const Review& review) { return review.part == Part::kTest; });
  CHECK(test == 24'801);
  CHECK(corpus->counts.also_in_test == 123);
}
