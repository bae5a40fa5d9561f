#include "datasets/fingerprint.h"

#include <catch2/catch.hpp>
#include <chrono>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kContent = "__label__2 a: b\n";

DatasetRequest Within(const fs::path& folder) {
  DatasetRequest request;
  request.name = "amazon-polarity";
  request.data_folder = folder;
  return request;
}

std::string PrintOf(const DatasetRequest& request) {
  auto fingerprint = Fingerprint(request);
  INFO(MessageOf(fingerprint));
  REQUIRE(fingerprint.ok());
  return std::move(fingerprint).value();
}

/// Dates a file back, so that its stamp counts as settled.
void Age(const fs::path& path, int hours) {
  fs::last_write_time(path, fs::file_time_type::clock::now() - std::chrono::hours(hours));
}

std::ptrdiff_t CacheEntries() {
  const fs::path folder = CacheFolder() / "fingerprints";
  if (!fs::exists(folder)) return 0;
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

}  // namespace

TEST_CASE("a fingerprint is that of the content and not of the place", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder one, two;
  one.Write("test.ft.txt", kContent);
  two.Write("deep/er/test.ft.txt", kContent);
  CHECK(PrintOf(Within(one.path())) == PrintOf(Within(two.path())));
  CHECK(PrintOf(Within(one.path())).size() == 32);
}

TEST_CASE("other content of the same size is another fingerprint", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  Age(folder.Write("test.ft.txt", kContent), 2);
  const std::string before = PrintOf(Within(folder.path()));
  std::string changed(kContent);
  changed.back() = ' ';
  Age(folder.Write("test.ft.txt", changed), 1);
  CHECK(PrintOf(Within(folder.path())) != before);
}

TEST_CASE("a file that has not changed is not read again", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  const auto path = folder.Write("test.ft.txt", kContent);
  Age(path, 1);
  const auto written = fs::last_write_time(path);
  const std::string before = PrintOf(Within(folder.path()));
  CHECK(CacheEntries() == 1);
  folder.Write("test.ft.txt", std::string(kContent.size(), 'x'));
  fs::last_write_time(path, written);  // what the cache goes by is as before
  CHECK(PrintOf(Within(folder.path())) == before);
}

TEST_CASE("a file changed a moment ago is not trusted to the cache", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  folder.Write("test.ft.txt", kContent);
  CHECK(PrintOf(Within(folder.path())).size() == 32);
  CHECK(CacheEntries() == 0);
}

TEST_CASE("a damaged cache entry is done without", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  Age(folder.Write("test.ft.txt", kContent), 1);
  const std::string before = PrintOf(Within(folder.path()));
  for (const auto& entry : fs::directory_iterator(CacheFolder() / "fingerprints"))
    fs::resize_file(entry.path(), 20);
  CHECK(PrintOf(Within(folder.path())) == before);
}

TEST_CASE("generated sets differ by their number of rows", "[datasets][fingerprint]") {
  DatasetRequest request;
  request.name = "synthetic-reviews";
  const std::string some = PrintOf(request);
  CHECK(PrintOf(request) == some);
  request.rows += 1;
  CHECK(PrintOf(request) != some);
}

TEST_CASE("the same files as another set or in another order are other data",
          "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  DatasetRequest request = Within("");
  request.data_path = {folder.Write("a", kContent).string(), folder.Write("b", "x").string()};
  const std::string before = PrintOf(request);
  std::swap(request.data_path[0], request.data_path[1]);
  CHECK(PrintOf(request) != before);
  std::swap(request.data_path[0], request.data_path[1]);
  request.name = "blitzer";
  CHECK(PrintOf(request) != before);
}

TEST_CASE("data that are not there have no fingerprint", "[datasets][fingerprint]") {
  CHECK(Fingerprint(Within("/no/such/folder")).status().code() == Code::kNotFound);
}

TEST_CASE("the fingerprint of given content never changes", "[datasets][fingerprint]") {
  const TemporaryCache cache;
  const TemporaryFolder folder;
  folder.Write("test.ft.txt", kContent);
  CHECK(PrintOf(Within(folder.path())) == "4c9da594e2f6f0a51fcec1dcc9c696a0");
}
