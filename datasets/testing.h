#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "datasets/encode.h"
#include "orchestrator/core/file.h"

// What the tests of this folder share.

namespace sweepformer::datasets {

/// A folder of its own for one test case; gone with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    char name[] = "/tmp/sweepformer-data-XXXXXX";
    path_ = ::mkdtemp(name);
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// Writes a file, its folders included, and returns its whole path.
  std::filesystem::path Write(const std::string& name, std::string_view content) const {
    if (!WriteFileAtomic(path_ / name, content).ok()) std::abort();
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

/// Sends the caches to a folder of the test's own while it lives.
class TemporaryCache {
 public:
  TemporaryCache() { ::setenv("XDG_CACHE_HOME", folder_.path().c_str(), 1); }
  ~TemporaryCache() { ::unsetenv("XDG_CACHE_HOME"); }

 private:
  TemporaryFolder folder_;
};

/// These reviews cut into tokens, all of them kept.
inline TokenTable TableOf(const std::vector<Review>& reviews,
                          Tokenization tokenization = Tokenization::kWord) {
  Corpus corpus;
  corpus.reviews = reviews;
  corpus.counts.kept_of.resize(10);
  const std::string key(32, 'k');
  const auto bytes = std::make_shared<std::string>();
  const auto append = [&](std::string_view piece) {
    *bytes += piece;
    return Status();
  };
  if (!WriteTokens(Tokenize(corpus, tokenization), key, append).ok()) std::abort();
  return TokenTable::Read(*bytes, key, bytes).value();
}

/// A vocabulary of all words of `text`.
inline Vocabulary VocabularyOf(std::string_view text, std::int64_t vocab_size = 100,
                               std::int64_t min_count = 1,
                               Tokenization tokenization = Tokenization::kWord) {
  const TokenTable table = TableOf({{"", std::string(text), 0, 0, "", Part::kNone}}, tokenization);
  const auto counts = CountWords(table, std::vector<std::int64_t>{0}, Input::kBody);
  return Vocabulary::OfMostFrequent(table.words(), counts, vocab_size, min_count);
}

/// The message of a failure, "" of a success.
template <typename T>
std::string MessageOf(const Result<T>& result) {
  return result.status().message();
}

/// The real data beside the source folder (never committed). Where they are not there it says so,
/// and the caller returns: Catch2 2.13 cannot skip a case.
inline std::optional<std::filesystem::path> RealData() {
  const std::filesystem::path folder =
      std::filesystem::path(SWEEPFORMER_SOURCE_DIR).parent_path() / "shared" / "data";
  if (std::filesystem::is_directory(folder)) return folder;
  std::printf("skipped: no real data at %s\n", folder.c_str());
  return std::nullopt;
}

}  // namespace sweepformer::datasets
