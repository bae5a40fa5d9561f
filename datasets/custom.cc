#include "datasets/custom.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "datasets/columns.h"
#include "datasets/lines.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {
namespace {

/// Words whose texts differ and whose meaning does not: case, white space, the form of a number.
std::string Plain(std::string_view word) {
  std::string plain = CollapseSpace(word);
  std::transform(plain.begin(), plain.end(), plain.begin(),
                 [](unsigned char c) { return c < 0x80 ? std::tolower(c) : c; });
  return FormatValue(Canonical(ParseValue(plain)));
}

/// Which label a word stands for.
class Labels {
 public:
  /// InvalidArgument for a word that stands for two of them.
  static Result<Labels> Of(const CustomColumns& columns) {
    Labels labels;
    for (std::size_t label = 0; label < columns.classes.size(); ++label)
      for (std::string_view words = columns.classes[label];;) {
        const std::size_t bar = std::min(words.find('|'), words.size());
        SF_TRY(labels.Add(words.substr(0, bar), static_cast<int>(label)));
        if (bar == words.size()) break;
        words.remove_prefix(bar + 1);
      }
    for (const std::string& word : columns.dropped) SF_TRY(labels.Add(word, kNeutral));
    return labels;
  }

  const int* Find(std::string_view word) const {
    const auto found = labels_.find(Plain(word));
    return found == labels_.end() ? nullptr : &found->second;
  }

 private:
  Status Add(std::string_view word, int label) {
    const auto [it, is_new] = labels_.emplace(Plain(word), label);
    if (is_new || it->second == label) return {};
    return InvalidArgument(fmt::format(
        "'{}' stands for two labels in label_values and dropped_labels; upper and lower "
        "case are the same, and so are 1 and 1.0",
        word));
  }

  std::map<std::string, int> labels_;
};

/// The words of a column and how often they occur, as far as they are few.
class WordCounts {
 public:
  void Add(const std::string& word) {
    const auto found = counts_.find(word);
    if (found != counts_.end())
      ++found->second;
    else if (counts_.size() < kMost && word.size() < 100)
      counts_.emplace(word, 1);
    else
      is_whole_ = false;
  }

  /// "'neg' (3), 'pos' (4)"
  std::string Listed() const {
    std::string list;
    for (const auto& [word, count] : counts_)
      list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", Excerpt(word), count);
    return is_whole_ ? list : list + ", ...";
  }

  /// A setting that makes each of them a class.
  std::string AsSetting() const {
    std::string list;
    for (const auto& [word, count] : counts_) list += (list.empty() ? "" : ", ") + QuoteJson(word);
    return is_whole_ ? "label_values = [" + list + "]" : "label_values = [\"no\", \"yes|maybe\"]";
  }

 private:
  static constexpr std::size_t kMost = 12;
  std::map<std::string, std::int64_t> counts_;
  bool is_whole_ = true;
};

class CustomReader {
 public:
  CustomReader(const CustomColumns& columns, const std::string& file, Labels labels)
      : columns_(columns), file_(file), labels_(std::move(labels)) {}

  Result<std::vector<Review>> Read(std::string_view bytes) {
    names_.push_back(columns_.label);
    if (columns_.body) names_.push_back(*columns_.body);
    if (columns_.title) names_.push_back(*columns_.title);
    SF_TRY(VisitTable(columns_.format, bytes, file_, names_,
                      [&](std::size_t line, auto& values) { return Take(line, values); }));
    if (columns_.classes.empty())
      return InvalidArgument(
          fmt::format("{}: which values of '{}' are which class? It holds {}; say so, e.g. with {}",
                      file_, columns_.label, words_.Listed(), words_.AsSetting()));
    return std::move(rows_);
  }

 private:
  Status Take(std::size_t line, std::vector<std::optional<std::string>>& values) {
    const std::string word = values[0].value_or("");
    if (columns_.classes.empty()) {
      words_.Add(word);
      return {};
    }
    const int* label = labels_.Find(word);
    if (!label)
      return BadLine(file_, line,
                     fmt::format("'{}' is {}, which is neither in label_values nor in "
                                 "dropped_labels",
                                 columns_.label, Excerpt(word)));
    Review review;
    review.label = *label;
    if (columns_.body) review.body = std::move(values[1]).value_or("");
    if (columns_.title) review.title = std::move(values.back()).value_or("");
    if (columns_.separator) Part(review);
    rows_.push_back(std::move(review));
    return {};
  }

  /// Takes the title off the front of the body.
  void Part(Review& review) const {
    const std::size_t at = review.body.find(*columns_.separator);
    if (at == std::string::npos) return;
    review.title = review.body.substr(0, at);
    review.body.erase(0, at + columns_.separator->size());
  }

  const CustomColumns& columns_;
  const std::string& file_;
  Labels labels_;
  std::vector<std::string> names_;
  std::vector<Review> rows_;
  WordCounts words_;
};

}  // namespace

Result<std::vector<Review>> ReadCustom(std::string_view bytes, const std::string& file,
                                       const CustomColumns& columns) {
  SF_ASSIGN(Labels labels, Labels::Of(columns));
  return CustomReader(columns, file, std::move(labels)).Read(bytes);
}

}  // namespace sweepformer::datasets
