#include "datasets/corpus.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>
#include <unordered_set>

#include "datasets/catalog.h"
#include "datasets/source_files.h"

namespace sweepformer::datasets {
namespace {

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(kAsciiSpace) == std::string::npos;
}

Result<std::vector<Review>> CollectStream(const KnownSet& set, const SourceFile& file) {
  std::vector<Review> reviews;
  SF_ASSIGN(const auto stream, OpenSource(file));
  SF_TRY(set.read_stream(*stream, file.Name(),
                         [&](Review review) { reviews.push_back(std::move(review)); }));
  return reviews;
}

Result<std::vector<Review>> ReadSource(const KnownSet& set, const SourceFile& file) {
  if (set.read_tree) return set.read_tree(file.path);
  if (set.read_stream && !file.read) return CollectStream(set, file);
  SF_ASSIGN(const std::string bytes, ReadSourceBytes(file));
  return (file.read ? file.read : set.read)(bytes, file.Name());
}

void ApplyStarClasses(StarClasses classes, std::vector<Review>& rows) {
  for (Review& row : rows) row.label = LabelOfStars(row.stars, classes);
}

/// The keys of the reviews of a publisher's test part.
std::unordered_set<std::uint64_t> TestKeys(const std::vector<Review>& rows) {
  std::unordered_set<std::uint64_t> keys;
  for (const Review& row : rows)
    if (row.part == Part::kTest && row.label != kNeutral) keys.insert(ReviewKey(row));
  return keys;
}

}  // namespace

Corpus Distinct(std::vector<Review> rows, const std::string& domain, int classes,
                EmptyTitle empty_title) {
  Corpus corpus;
  CorpusCounts& counts = corpus.counts;
  counts.kept_of.resize(static_cast<std::size_t>(classes));
  counts.rows_read = static_cast<std::int64_t>(rows.size());
  const std::unordered_set<std::uint64_t> test_keys = TestKeys(rows);
  std::unordered_map<std::uint64_t, int> labels;
  for (Review& row : rows) {
    if (domain != kAllDomains && row.domain != domain) {
      ++counts.other_domain;
      continue;
    }
    if (row.label == kNeutral) {
      ++counts.neutral;
      continue;
    }
    if (IsBlank(row.title) && IsBlank(row.body)) {
      ++counts.empty;
      continue;
    }
    if (empty_title == EmptyTitle::kDrop && IsBlank(row.title)) {
      ++counts.untitled;
      continue;
    }
    const std::uint64_t key = ReviewKey(row);
    if (row.part == Part::kTrain && test_keys.contains(key)) {
      ++counts.also_in_test;
      continue;
    }
    const auto [earlier, is_new] = labels.emplace(key, row.label);
    if (!is_new) {
      ++counts.duplicates;
      counts.contradictory += earlier->second != row.label;
      continue;
    }
    ++counts.kept;
    ++counts.kept_of[static_cast<std::size_t>(row.label)];
    counts.kept_without_title += IsBlank(row.title);
    counts.kept_without_body += IsBlank(row.body);
    corpus.reviews.push_back(std::move(row));
  }
  return corpus;
}

Result<std::vector<Review>> ReadRows(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  if (set->generate) return set->generate(request);
  SF_ASSIGN(const std::vector<SourceFile> files, FindFiles(request));
  if (set->read_files) return set->read_files(files, request);
  std::vector<Review> rows;
  for (const SourceFile& file : files) {
    SF_ASSIGN(std::vector<Review> part, ReadSource(*set, file));
    Label(file, part);
    std::move(part.begin(), part.end(), std::back_inserter(rows));
  }
  return rows;
}

Result<Corpus> Load(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  SF_ASSIGN(std::vector<Review> rows, ReadRows(request));
  if (set->has_stars) ApplyStarClasses(request.star_classes, rows);
  std::vector<std::string> classes = ClassesOf(*set, request);
  Corpus corpus = Distinct(std::move(rows), request.domain, static_cast<int>(classes.size()),
                           request.empty_title);
  corpus.classes = std::move(classes);
  if (corpus.reviews.empty())
    return InvalidArgument(
        fmt::format("{}: none of the {} rows read is a labelled review of domain '{}'",
                    request.name, corpus.counts.rows_read, request.domain));
  return corpus;
}

}  // namespace sweepformer::datasets
