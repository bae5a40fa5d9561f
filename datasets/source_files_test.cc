#include "datasets/source_files.h"

#include <catch2/catch.hpp>

#include "datasets/archive_testing.h"
#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;
namespace fs = std::filesystem;

namespace {

DatasetRequest Within(const fs::path& folder, const std::string& name = "amazon-polarity") {
  DatasetRequest request;
  request.name = name;
  request.data_folder = folder;
  return request;
}

std::vector<std::string> RolesOf(const Result<std::vector<SourceFile>>& files) {
  INFO(MessageOf(files));
  REQUIRE(files.ok());
  std::vector<std::string> roles;
  for (const SourceFile& file : *files) roles.push_back(file.role);
  return roles;
}

void WriteBlitzer(const TemporaryFolder& folder, const std::string& below) {
  for (const char* domain : {"books", "dvd", "electronics", "kitchen_&_housewares"})
    for (const char* side : {"negative", "positive"})
      folder.Write(below + "sorted_data_acl/" + domain + "/" + side + ".review", "");
}

}  // namespace

TEST_CASE("publishers' files are found up to three levels below the data folder",
          "[datasets][files]") {
  for (const char* below : {"", "a/", "a/b/"}) {
    const TemporaryFolder folder;
    const auto path = folder.Write(std::string(below) + "test.ft.txt", "");
    const auto files = FindFiles(Within(folder.path()));
    CHECK(RolesOf(files) == std::vector<std::string>{"test.ft.txt"});
    CHECK(files->front().path == path);
  }
  const TemporaryFolder folder;
  folder.Write("a/b/c/test.ft.txt", "");
  CHECK(FindFiles(Within(folder.path())).status().code() == Code::kNotFound);
}

TEST_CASE("the data folder may be the set's own folder", "[datasets][files]") {
  const TemporaryFolder folder;
  WriteBlitzer(folder, "");
  const std::filesystem::path own = folder.path() / "sorted_data_acl";
  for (const auto& named : {own, own / "", own / ".", own / "dvd" / ".."})
    CHECK(RolesOf(FindFiles(Within(named, "blitzer"))).size() == 8);
}

TEST_CASE("a set's files come in its own order with their domains", "[datasets][files]") {
  const TemporaryFolder folder;
  WriteBlitzer(folder, "x/");
  const auto files = FindFiles(Within(folder.path(), "blitzer"));
  REQUIRE(RolesOf(files).size() == 8);
  CHECK(files->front().role == "sorted_data_acl/books/negative.review");
  CHECK(files->front().domain == "books");
  CHECK(files->back().role == "sorted_data_acl/kitchen_&_housewares/positive.review");
  CHECK(files->back().domain == "kitchen");
}

TEST_CASE("one domain takes only its files", "[datasets][files]") {
  const TemporaryFolder folder;
  WriteBlitzer(folder, "");
  DatasetRequest request = Within(folder.path(), "blitzer");
  request.domain = "dvd";
  CHECK(RolesOf(FindFiles(request)) ==
        std::vector<std::string>{"sorted_data_acl/dvd/negative.review",
                                 "sorted_data_acl/dvd/positive.review"});
}

TEST_CASE("the publisher's archive wins over extracts, which are pooled", "[datasets][files]") {
  const TemporaryFolder folder;
  folder.Write("a/amazon_reviews.csv", "");
  folder.Write("b/test.ft.txt", "");
  CHECK(RolesOf(FindFiles(Within(folder.path()))) ==
        std::vector<std::string>{"test.ft.txt", "amazon_reviews.csv"});
  CHECK(FindFiles(Within(folder.path()))->front().extract);
  folder.Write("amazon_review_polarity_csv/train.csv", "");
  folder.Write("amazon_review_polarity_csv/test.csv", "");
  CHECK(RolesOf(FindFiles(Within(folder.path()))) ==
        std::vector<std::string>{"amazon_review_polarity_csv/train.csv",
                                 "amazon_review_polarity_csv/test.csv"});
  CHECK_FALSE(FindFiles(Within(folder.path()))->front().extract);
}

TEST_CASE("a name that is there twice is refused", "[datasets][files]") {
  const TemporaryFolder folder;
  const auto one = folder.Write("a/test.ft.txt", ""), two = folder.Write("b/test.ft.txt", "");
  const auto files = FindFiles(Within(folder.path()));
  CHECK(files.status().code() == Code::kInvalidArgument);
  CHECK(MessageOf(files).find("'" + one.string() + "'") != std::string::npos);
  CHECK(MessageOf(files).find("'" + two.string() + "'") != std::string::npos);
  CHECK(MessageOf(files).find("point --data at one of them") != std::string::npos);
}

TEST_CASE("a link to a folder that is found anyway is no second copy", "[datasets][files]") {
  const TemporaryFolder folder;
  folder.Write("a/test.ft.txt", "");
  fs::create_directory_symlink(folder.path() / "a", folder.path() / "latest");
  fs::create_symlink("/no/such/target", folder.path() / "dangling");
  CHECK(RolesOf(FindFiles(Within(folder.path()))).size() == 1);
}

TEST_CASE("a missing part of a set is named", "[datasets][files]") {
  const TemporaryFolder folder;
  WriteBlitzer(folder, "");
  const auto gone = folder.path() / "sorted_data_acl" / "dvd" / "positive.review";
  fs::remove(gone);
  const auto files = FindFiles(Within(folder.path(), "blitzer"));
  CHECK(files.status().code() == Code::kInvalidArgument);
  CHECK(MessageOf(files) == "blitzer: '" + (folder.path() / "sorted_data_acl").string() +
                                "' is there, but not '" + gone.string() +
                                "'; get the rest of it, or name files to divide with data_path");
}

TEST_CASE("a set that is nowhere is not found and the message says what to type",
          "[datasets][files]") {
  const TemporaryFolder folder;
  const auto empty = FindFiles(Within(folder.path(), "blitzer"));
  CHECK(empty.status().code() == Code::kNotFound);
  CHECK(MessageOf(empty) ==
        "blitzer: found no 'sorted_data_acl' or 'domain_sentiment_data.tar.gz' up to 3 levels "
        "below '" +
            folder.path().string() +
            "'; say where the data are with --data DIR or SWEEPFORMER_DATA, or name files with "
            "data_path");
  CHECK(MessageOf(FindFiles(Within("", "blitzer"))) ==
        "blitzer: no data folder is known; say where the data are with --data DIR or "
        "SWEEPFORMER_DATA, or name files with data_path");
  CHECK(MessageOf(FindFiles(Within("/no/such/folder", "blitzer"))) ==
        "blitzer: the data folder '/no/such/folder' does not exist; say where the data are with "
        "--data DIR or SWEEPFORMER_DATA, or name files with data_path");
}

TEST_CASE("named files take the place of the set's own, in the order named", "[datasets][files]") {
  const TemporaryFolder folder;
  DatasetRequest request = Within("/no/such/folder");
  request.data_path = {folder.Write("two", "").string(), folder.Write("one", "").string()};
  const auto files = FindFiles(request);
  CHECK(RolesOf(files) == std::vector<std::string>{"data_path 1", "data_path 2"});
  CHECK(files->front().path.filename() == "two");
  request.data_path.push_back(folder.path().string());
  CHECK(MessageOf(FindFiles(request))
            .starts_with("data_path: '" + folder.path().string() + "' is not a file"));
}

TEST_CASE("a generated set has no files", "[datasets][files]") {
  CHECK(RolesOf(FindFiles(Within("", "synthetic-reviews"))).empty());
}

TEST_CASE("a set of single files is whole or not found", "[datasets][files]") {
  const TemporaryFolder folder;
  WriteBlitzer(folder, "");
  folder.Write("amazon_reviews.csv", "");
  folder.Write("test.ft.txt", "");
  folder.Write("amazon_multi_en/val.csv", "");
  folder.Write("amazon_multi_en/test.csv", "");
  const auto pool = FindFiles(Within(folder.path(), "amazon-pool"));
  CHECK(pool.status().code() == Code::kNotFound);
  CHECK(MessageOf(pool).find("but no 'amazon_reviews_sample.csv', which belongs to it") !=
        std::string::npos);
  folder.Write("amazon_reviews_sample.csv", "");
  CHECK(RolesOf(FindFiles(Within(folder.path(), "amazon-pool"))).size() == 3 + 2 + 8);
}

TEST_CASE("a publisher's test file is the test part, and an optional file may be absent",
          "[datasets][files]") {
  const TemporaryFolder folder;
  folder.Write("amazon_multi_en/val.csv", "");
  folder.Write("amazon_multi_en/test.csv", "");
  const auto files = FindFiles(Within(folder.path(), "amazon-multi"));
  REQUIRE(RolesOf(files).size() == 2);
  CHECK(files->front().part == Part::kTrain);
  CHECK(files->back().part == Part::kTest);
}

TEST_CASE("an archive of the publisher's stands for the files in it", "[datasets][files]") {
  const TemporaryFolder folder;
  {
    ArchiveWriter archive(folder.path() / "amazon_review_polarity_csv.tgz", "gzip");
    archive.File("amazon_review_polarity_csv/readme.txt", "text");
    archive.File("amazon_review_polarity_csv/test.csv", "\"2\",\"t\",\"b\"\n");
    archive.File("amazon_review_polarity_csv/train.csv", "\"1\",\"a\",\"b\"\n");
  }
  const auto files = FindFiles(Within(folder.path()));
  REQUIRE(RolesOf(files).size() == 2);
  CHECK(files->front().member == "amazon_review_polarity_csv/train.csv");
  const auto stream = OpenSource(files->back());
  REQUIRE(stream.ok());
  CHECK(ReadAll(**stream).value() == "\"2\",\"t\",\"b\"\n");
  DatasetRequest named = Within("");
  named.data_path = {(folder.path() / "amazon_review_polarity_csv.tgz").string()};
  CHECK(FindFiles(named)->back().part == Part::kTest);
}

TEST_CASE("test_path's files are the test part of data_path's", "[datasets][files]") {
  const TemporaryFolder folder;
  DatasetRequest request = Within("");
  request.data_path = {folder.Write("one", "").string()};
  request.test_path = {folder.Write("two", "").string()};
  const auto files = FindFiles(request);
  CHECK(RolesOf(files) == std::vector<std::string>{"data_path 1", "test_path 1"});
  CHECK(files->front().part == Part::kTrain);
  CHECK(files->back().part == Part::kTest);
}

TEST_CASE("a file that cannot be looked at is named, and ends nothing else", "[datasets][files]") {
  const TemporaryFolder folder;
  const auto loop = folder.path() / "aclImdb";
  fs::create_symlink("aclImdb", loop);
  const auto files = FindFiles(Within(folder.path(), "imdb"));
  CHECK(files.status().code() == Code::kInvalidArgument);
  CHECK(MessageOf(files).starts_with("imdb: '" + loop.string() + "' cannot be read: "));
  CHECK(FindFiles(Within(loop / "data", "blitzer")).status().code() == Code::kNotFound);
  DatasetRequest named = Within("");
  named.data_path = {loop.string()};
  CHECK(FindFiles(named).status().code() == Code::kInvalidArgument);
}

TEST_CASE("an archive stands in for a folder that is only partly unpacked", "[datasets][files]") {
  const TemporaryFolder folder;
  const auto archive = folder.Write("SST-2.zip", "");
  folder.Write("SST-2/train.tsv", "");
  const auto files = FindFiles(Within(folder.path(), "sst2"));
  CHECK(RolesOf(files) == std::vector<std::string>{"SST-2/train.tsv", "SST-2/dev.tsv"});
  CHECK(files->front().path == archive);
  folder.Write("SST-2/dev.tsv", "");
  CHECK(FindFiles(Within(folder.path(), "sst2"))->front().member.empty());
}
