#include "datasets/token_cache.h"

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "datasets/testing.h"

using namespace sweepformer;
using namespace sweepformer::datasets;

namespace {

namespace fs = std::filesystem;

/// Counts, across processes, how often the data were read.
class Source {
 public:
  Result<TokenizedCorpus> Make() const {
    std::ofstream(log_, std::ios::app) << "read\n";
    std::vector<Review> reviews;
    for (int i = 0; i < 100; ++i)
      reviews.push_back({"t", "word " + std::to_string(i), i % 2, 0, "", Part::kNone});
    return Tokenize(Distinct(reviews, std::string(kAllDomains)), Tokenization::kWord);
  }

  Result<TokenTable> Get(const TokenCacheEntry& entry) const {
    return CachedTokens(entry, [this] { return Make(); });
  }

  int times_read() const {
    std::ifstream log(log_);
    int lines = 0;
    for (std::string line; std::getline(log, line);) ++lines;
    return lines;
  }

 private:
  TemporaryFolder folder_;
  fs::path log_ = folder_.path() / "log";
};

bool IsRight(const Result<TokenTable>& table) {
  return table.ok() && table->size() == 100 && table->words().size() == 102 &&
         table->words()[1] == "word";
}

}  // namespace

TEST_CASE("data are read once and mapped from then on", "[datasets][cache]") {
  const TemporaryCache cache;
  const Source source;
  const TokenCacheEntry entry = TokenCacheEntryOf("one");
  CHECK(IsRight(source.Get(entry)));
  CHECK(source.times_read() == 1);
  CHECK(IsRight(source.Get(entry)));
  CHECK(source.times_read() == 1);
  CHECK(IsRight(source.Get(TokenCacheEntryOf("two"))));
  CHECK(source.times_read() == 2);
}

TEST_CASE("a file in the cache that is cut or altered is made anew", "[datasets][cache]") {
  const TemporaryCache cache;
  const Source source;
  const TokenCacheEntry entry = TokenCacheEntryOf("one");
  REQUIRE(IsRight(source.Get(entry)));
  const std::string whole = ReadFile(entry.path).value();
  std::string altered = whole;
  altered[altered.size() / 2] = static_cast<char>(altered[altered.size() / 2] ^ 1);
  int reads = 1;
  for (const std::string& content :
       {whole.substr(0, whole.size() / 2), std::string(), altered, std::string("nonsense")}) {
    REQUIRE(WriteFileAtomic(entry.path, content).ok());
    CHECK(IsRight(source.Get(entry)));
    CHECK(source.times_read() == ++reads);
    CHECK(ReadFile(entry.path).value() == whole);
  }
}

TEST_CASE("a file that another build has made is made anew", "[datasets][cache]") {
  const TemporaryCache cache;
  const Source source;
  TokenCacheEntry entry = TokenCacheEntryOf("one");
  REQUIRE(IsRight(source.Get(entry)));
  entry.key = std::string(32, '0');
  CHECK(IsRight(source.Get(entry)));
  CHECK(source.times_read() == 2);
}

TEST_CASE("processes that want the same tokens at once read the data once", "[datasets][cache]") {
  const TemporaryCache cache;
  const Source source;
  const TokenCacheEntry entry = TokenCacheEntryOf("one");
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(::fork());
    if (children.back() == 0) ::_exit(IsRight(source.Get(entry)) ? 0 : 1);
  }
  for (const pid_t child : children) {
    int status = 1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
  }
  CHECK(source.times_read() == 1);
}

TEST_CASE("what a killed process had begun to write is removed", "[datasets][cache]") {
  const TemporaryCache cache;
  const Source source;
  const TokenCacheEntry entry = TokenCacheEntryOf("one");
  const fs::path leftover = entry.path.string() + ".123.tmp";
  REQUIRE(WriteFileAtomic(leftover, "half").ok());
  CHECK(IsRight(source.Get(entry)));
  CHECK_FALSE(fs::exists(leftover));
}

TEST_CASE("a cache that cannot be written is done without", "[datasets][cache]") {
  const TemporaryFolder folder;
  folder.Write("file", "");
  const Source source;
  const TokenCacheEntry entry{folder.path() / "file" / "entry", std::string(32, 'k')};
  CHECK(IsRight(source.Get(entry)));
  CHECK(IsRight(source.Get(entry)));
  CHECK(source.times_read() == 2);
}

TEST_CASE("data that cannot be read say why and leave nothing in the cache", "[datasets][cache]") {
  const TemporaryCache cache;
  const TokenCacheEntry entry = TokenCacheEntryOf("one");
  const auto table = CachedTokens(
      entry, []() -> Result<TokenizedCorpus> { return InvalidArgument("a.csv:3: no label"); });
  CHECK(MessageOf(table) == "a.csv:3: no label");
  CHECK_FALSE(fs::exists(entry.path));
}
