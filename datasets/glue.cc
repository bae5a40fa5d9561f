#include "datasets/glue.h"

#include <fmt/format.h>

#include <array>

#include "datasets/columns.h"
#include "datasets/lines.h"
#include "datasets/tsv.h"

namespace sweepformer::datasets {
namespace {

using Words = std::array<std::string_view, 2>;

constexpr Words kDigits = {"0", "1"};
constexpr Words kEntailment = {"entailment", "not_entailment"};

/// Where a set keeps what.
struct Columns {
  std::string_view first;  ///< sentence of a pair; empty: sentences stand alone
  std::string_view body;
  Words labels;
};

Result<int> LabelOf(const std::string& word, const Words& labels, std::size_t line,
                    const std::string& file) {
  for (std::size_t label = 0; label < labels.size(); ++label)
    if (word == labels[label]) return static_cast<int>(label);
  return BadLine(
      file, line,
      fmt::format("{} is no label; expected {} or {}", Excerpt(word), labels[0], labels[1]));
}

Result<std::size_t> LabelColumn(const CsvRow& header, const std::string& file) {
  auto column = ColumnOf(header, "label", file);
  if (column.ok()) return column;
  std::string what = column.status().message();
  what += "; GLUE keeps the labels of its test parts back: use the training and dev parts";
  return InvalidArgument(std::move(what));
}

Result<std::vector<Review>> ReadWithHeader(std::string_view bytes, const std::string& file,
                                           const Columns& columns) {
  TsvReader tsv(bytes, file);
  CsvRow row;
  SF_ASSIGN(bool more, tsv.Next(row));
  if (!more) return BadLine(file, 1, "the file is empty; get it again");
  const std::size_t count = row.fields.size();
  SF_ASSIGN(const std::size_t body, ColumnOf(row, columns.body, file));
  std::size_t first = count;
  if (!columns.first.empty()) {
    SF_ASSIGN(first, ColumnOf(row, columns.first, file));
  }
  SF_ASSIGN(const std::size_t label, LabelColumn(row, file));
  std::vector<Review> rows;
  for (;;) {
    SF_ASSIGN(more, tsv.Next(row));
    if (!more) break;
    SF_TRY(CheckFields(row, count, file));
    Review review;
    SF_ASSIGN(review.label, LabelOf(row.fields[label], columns.labels, row.line, file));
    review.body = std::move(row.fields[body]);
    if (first < count) review.title = std::move(row.fields[first]);
    rows.push_back(std::move(review));
  }
  if (rows.empty()) return NoRows(file);
  return rows;
}

}  // namespace

Result<std::vector<Review>> ReadSst2(std::string_view bytes, const std::string& file) {
  return ReadWithHeader(bytes, file, {"", "sentence", kDigits});
}

Result<std::vector<Review>> ReadRte(std::string_view bytes, const std::string& file) {
  return ReadWithHeader(bytes, file, {"sentence1", "sentence2", kEntailment});
}

Result<std::vector<Review>> ReadQnli(std::string_view bytes, const std::string& file) {
  return ReadWithHeader(bytes, file, {"question", "sentence", kEntailment});
}

Result<std::vector<Review>> ReadCola(std::string_view bytes, const std::string& file) {
  constexpr std::size_t kLabel = 1, kSentence = 3, kCount = 4;
  TsvReader tsv(bytes, file);
  std::vector<Review> rows;
  for (CsvRow row;;) {
    SF_ASSIGN(const bool more, tsv.Next(row));
    if (!more) break;
    if (rows.empty() && row.fields == std::vector<std::string>{"index", "sentence"})
      return BadLine(file, row.line,
                     "this is the test part, whose labels are kept back; use the training and dev "
                     "parts");
    SF_TRY(CheckFields(row, kCount, file));
    Review review;
    SF_ASSIGN(review.label, LabelOf(row.fields[kLabel], kDigits, row.line, file));
    review.body = std::move(row.fields[kSentence]);
    rows.push_back(std::move(review));
  }
  if (rows.empty()) return BadLine(file, 1, "the file is empty; get it again");
  return rows;
}

}  // namespace sweepformer::datasets
