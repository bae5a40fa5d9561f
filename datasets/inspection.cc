#include "datasets/inspection.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "datasets/catalog.h"
#include "datasets/fingerprint.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

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

std::vector<PartBalance> BalanceOf(const Corpus& corpus) {
  std::vector<PartBalance> parts;
  for (const auto& [part, name] : {std::pair(Part::kTrain, "train"), {Part::kTest, "test"}}) {
    std::vector<std::int64_t> of_label(corpus.classes.size());
    for (const Review& review : corpus.reviews)
      if (review.part == part) ++of_label[static_cast<std::size_t>(review.label)];
    if (std::any_of(of_label.begin(), of_label.end(), [](std::int64_t count) { return count > 0; }))
      parts.push_back({name, std::move(of_label)});
  }
  return parts;
}

Result<DatasetRequest> RequestOfFile(const fs::path& path) {
  std::string reasons;
  for (const KnownSet& set : KnownSets()) {
    if (!set.read && !set.read_tree) continue;
    DatasetRequest request{set.name, "", {path.string()}};
    const Status status = ReadRows(request).status();
    if (status.ok()) return request;
    reasons += fmt::format("\n  as {}: {}", set.name, status.message());
  }
  return InvalidArgument(fmt::format(
      "'{}' is in the form of no known set; if it is a table of your own, say what is where: --set "
      "body_column=... --set label_column=... (data_format={} for other than csv). It was tried{}",
      path.string(), JoinWords({"tsv", "jsonl"}, "or", false), reasons));
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

std::int64_t CountWords(std::string_view text) {
  std::int64_t words = 0;
  for (std::size_t at = 0; (at = text.find_first_not_of(kAsciiSpace, at)) != text.npos; ++words)
    at = std::min(text.find_first_of(kAsciiSpace, at), text.size());
  return words;
}

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
  inspection.classes = corpus.classes;
  inspection.parts = BalanceOf(corpus);
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  inspection.has_titles = set->has_titles;
  inspection.pairs = set->pairs;
  inspection.title = ProfileOf(corpus.reviews, &Review::title);
  inspection.body = ProfileOf(corpus.reviews, &Review::body);
  inspection.sample = FirstOfEveryLabel(corpus.reviews, corpus.counts.kept_of.size());
  return inspection;
}

Result<DatasetRequest> RequestOf(const std::string& name_or_path, const fs::path& data_folder,
                                 const Parameters& settings) {
  const auto set = FindSet(name_or_path);
  std::error_code unknown;
  const bool is_there = fs::exists(name_or_path, unknown);
  if (!settings.empty() && (set.ok() || is_there)) {
    Parameters parameters = settings;
    if (!set.ok()) parameters.emplace("dataset", std::string(kCustom));
    parameters.emplace(set.ok() ? "dataset" : "data_path", name_or_path);
    return RequestFrom(parameters, data_folder);
  }
  if (set.ok()) return DatasetRequest{name_or_path, data_folder, {}};
  if (IsFolder(name_or_path)) return RequestOfFolder(name_or_path);
  if (is_there) return RequestOfFile(name_or_path);
  if (unknown)
    return InvalidArgument(fmt::format("{}: cannot be read: {}", name_or_path, unknown.message()));
  return NotFound(set.status().message() + "; nor is there a file or folder of that name");
}

}  // namespace sweepformer::datasets
