#include "datasets/corpus.h"

#include <fmt/format.h>

#include <iterator>
#include <unordered_map>

#include "datasets/catalog.h"
#include "datasets/source_files.h"
#include "orchestrator/core/file.h"

namespace sweepformer::datasets {
namespace {

bool IsBlank(const std::string& text) {
  return text.find_first_not_of(kAsciiSpace) == std::string::npos;
}

Result<std::vector<Review>> ReadRows(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  if (set->generate) return set->generate(request.rows);
  SF_ASSIGN(const std::vector<SourceFile> files, FindFiles(request));
  std::vector<Review> rows;
  for (const SourceFile& file : files) {
    SF_ASSIGN(const std::string bytes, ReadFile(file.path));
    SF_ASSIGN(std::vector<Review> part, set->read(bytes, file.path.string()));
    if (!file.domain.empty())
      for (Review& review : part) review.domain = file.domain;
    std::move(part.begin(), part.end(), std::back_inserter(rows));
  }
  return rows;
}

}  // namespace

Corpus Distinct(std::vector<Review> rows, const std::string& domain) {
  Corpus corpus;
  CorpusCounts& counts = corpus.counts;
  counts.rows_read = static_cast<std::int64_t>(rows.size());
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
    const auto [earlier, is_new] = labels.emplace(ReviewKey(row), row.label);
    if (!is_new) {
      ++counts.duplicates;
      counts.contradictory += earlier->second != row.label;
      continue;
    }
    ++counts.kept;
    counts.kept_positive += row.label;
    counts.kept_without_title += IsBlank(row.title);
    counts.kept_without_body += IsBlank(row.body);
    corpus.reviews.push_back(std::move(row));
  }
  return corpus;
}

Result<Corpus> Load(const DatasetRequest& request) {
  SF_ASSIGN(std::vector<Review> rows, ReadRows(request));
  Corpus corpus = Distinct(std::move(rows), request.domain);
  if (corpus.reviews.empty())
    return InvalidArgument(
        fmt::format("{}: none of the {} rows read is a labelled review of domain '{}'",
                    request.name, corpus.counts.rows_read, request.domain));
  return corpus;
}

}  // namespace sweepformer::datasets
