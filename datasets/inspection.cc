#include "datasets/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "datasets/catalog.h"
#include "datasets/fingerprint.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  for (std::size_t at = 0; (at = text.find_first_not_of(kAsciiSpace, at)) != text.npos; ++words)
    at = std::min(text.find_first_of(kAsciiSpace, at), text.size());
  return words;
}

LengthProfile ProfileOf(const std::vector<Review>& reviews, std::string Review::*field) {
  std::vector<std::int64_t> lengths;
  for (const Review& review : reviews) lengths.push_back(CountWords(review.*field));
  return datasets::ProfileOf(std::move(lengths));
}

std::vector<Review> FirstOfEveryLabel(const std::vector<Review>& reviews, std::size_t labels) {
  std::vector<Review> sample;
  for (int label = 0; label < static_cast<int>(labels); ++label) {
    const auto first = std::find_if(reviews.begin(), reviews.end(),
                                    [&](const Review& review) { return review.label == label; });
    if (first != reviews.end()) sample.push_back(*first);
  }
  return sample;
}

/// Reads `path` as a file of `set`, whatever its name.
Status TryAs(const KnownSet& set, const fs::path& path) {
  if (set.read_tree) return set.read_tree(path).status();
  SF_ASSIGN(const auto stream, OpenFile(path));
  SF_ASSIGN(const std::string bytes, ReadAll(*stream));
  return set.read(bytes, path.string()).status();
}

Result<DatasetRequest> RequestOfFile(const fs::path& path) {
  std::string reasons;
  for (const KnownSet& set : KnownSets()) {
    if (!set.read && !set.read_tree) continue;
    const Status status = TryAs(set, path);
    if (status.ok()) return DatasetRequest{set.name, "", {path.string()}};
    reasons += fmt::format("\n  as {}: {}", set.name, status.message());
  }
  return InvalidArgument(
      fmt::format("'{}' is in the form of no known set:{}", path.string(), reasons));
}

Result<DatasetRequest> RequestOfFolder(const fs::path& folder) {
  std::vector<std::string> names;
  for (const KnownSet& set : KnownSets()) {
    if (set.generate) continue;
    const auto files = FindFiles({set.name, folder, {}});
    // A broken set counts: its inspection is to say what is wrong.
    if (files.ok() || files.status().code() != Code::kNotFound) names.push_back(set.name);
  }
  if (names.size() == 1) return DatasetRequest{names[0], folder, {}};
  if (names.empty())
    return NotFound(
        fmt::format("'{}' holds none of the known sets; 'sweepformer data list' names "
                    "them, and a single file can be inspected by its path",
                    folder.string()));
  return InvalidArgument(fmt::format("'{}' holds {}; type 'sweepformer data inspect {} --data {}'",
                                     folder.string(), JoinWords(names, "and"), names[0],
                                     folder.string()));
}

}  // namespace

LengthProfile ProfileOf(std::vector<std::int64_t> lengths) {
  if (lengths.empty()) return {};
  std::sort(lengths.begin(), lengths.end());
  const auto percentile = [&](std::size_t percent) {
    return lengths[(lengths.size() * percent + 99) / 100 - 1];
  };
  const auto sum = std::accumulate(lengths.begin(), lengths.end(), std::int64_t{0});
  return {lengths.front(),
          percentile(10),
          percentile(50),
          percentile(90),
          percentile(99),
          lengths.back(),
          static_cast<double>(sum) / static_cast<double>(lengths.size())};
}

Result<Inspection> Inspect(const DatasetRequest& request) {
  Inspection inspection;
  inspection.set = request.name;
  SF_ASSIGN(inspection.files, FindFiles(request));
  SF_ASSIGN(inspection.fingerprint, Fingerprint(request));
  SF_ASSIGN(const Corpus corpus, Load(request));
  inspection.counts = corpus.counts;
  inspection.title = ProfileOf(corpus.reviews, &Review::title);
  inspection.body = ProfileOf(corpus.reviews, &Review::body);
  inspection.sample = FirstOfEveryLabel(corpus.reviews, corpus.counts.kept_of.size());
  return inspection;
}

Result<DatasetRequest> RequestOf(const std::string& name_or_path, const fs::path& data_folder) {
  const auto set = FindSet(name_or_path);
  if (set.ok()) return DatasetRequest{name_or_path, data_folder, {}};
  if (fs::is_directory(name_or_path)) return RequestOfFolder(name_or_path);
  if (fs::exists(name_or_path)) return RequestOfFile(name_or_path);
  return NotFound(set.status().message() + "; nor is there a file or folder of that name");
}

}  // namespace sweepformer::datasets
