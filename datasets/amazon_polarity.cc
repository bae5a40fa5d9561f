#include "datasets/amazon_polarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "datasets/csv.h"
#include "datasets/lines.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {
namespace {

constexpr std::string_view kFastTextLabel = "__label__";

Status Bad(const std::string& file, std::size_t line, const std::string& what) {
  return InvalidArgument(fmt::format("{}:{}: {}", file, line, what));
}

/// The label `text` stands for, or kNeutral where it stands for none.
int LabelOf(std::string_view text) {
  if (text == "1" || SameName(text, "negative")) return 0;
  return text == "2" || SameName(text, "positive") ? 1 : kNeutral;
}

std::string Unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size();
    if (escape && text[i + 1] == 'n')
      plain += ' ', ++i;
    else if (escape && text[i + 1] == '"')
      plain += '"', ++i;
    else
      plain += text[i];
  }
  return plain;
}

Result<std::vector<Review>> ReadFastText(std::string_view bytes, const std::string& file) {
  std::vector<Review> reviews;
  LineReader lines(bytes);
  for (std::string_view line; lines.Next(line);) {
    if (line.empty()) continue;
    const std::size_t blank = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, blank);
    const int label =
        word.starts_with(kFastTextLabel) ? LabelOf(word.substr(kFastTextLabel.size())) : kNeutral;
    if (label == kNeutral)
      return Bad(
          file, lines.number(),
          fmt::format("expected __label__1 or __label__2 and a blank, found {}", Excerpt(line)));
    auto [title, body] = SplitTitle(line.substr(std::min(blank + 1, line.size())));
    reviews.push_back({std::move(title), std::move(body), label, 0, ""});
  }
  return reviews;
}

/// Where a CSV form keeps what.
struct Columns {
  std::size_t label = 0;
  std::size_t text = 0;
  std::optional<std::size_t> body;  ///< absent: `text` holds title and body
  std::size_t count = 0;
};

constexpr Columns kZhangColumns{0, 1, 2, 3};

std::optional<Columns> ColumnsOfHeader(const CsvRow& row) {
  const auto find = [&](std::string_view name) {
    return static_cast<std::size_t>(
        std::find_if(row.fields.begin(), row.fields.end(),
                     [&](const std::string& field) { return SameName(field, name); }) -
        row.fields.begin());
  };
  const Columns columns{find("sentiment"), find("review"), std::nullopt, row.fields.size()};
  if (columns.label == columns.count || columns.text == columns.count) return std::nullopt;
  return columns;
}

Result<Review> ReviewOf(const CsvRow& row, const Columns& columns, const std::string& file) {
  if (row.fields.size() != columns.count)
    return Bad(file, row.line,
               fmt::format("expected {} fields, found {}", columns.count, row.fields.size()));
  const std::string& word = row.fields[columns.label];
  const int label = LabelOf(word);
  if (label == kNeutral)
    return Bad(file, row.line,
               fmt::format("column {}: {} is no label; expected 1 or negative, 2 or positive",
                           columns.label + 1, Excerpt(word)));
  if (columns.body)
    return Review{Unescape(row.fields[columns.text]), Unescape(row.fields[*columns.body]), label, 0,
                  ""};
  auto [title, body] = SplitTitle(row.fields[columns.text]);
  return Review{std::move(title), std::move(body), label, 0, ""};
}

Result<std::vector<Review>> ReadRows(CsvReader& csv, const Columns& columns, CsvRow row,
                                     const std::string& file) {
  std::vector<Review> reviews;
  for (bool more = !row.fields.empty(); more;) {
    SF_ASSIGN(Review review, ReviewOf(row, columns, file));
    reviews.push_back(std::move(review));
    SF_ASSIGN(more, csv.Next(row));
  }
  return reviews;
}

}  // namespace

std::pair<std::string, std::string> SplitTitle(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

Result<std::vector<Review>> ReadAmazonPolarity(std::string_view bytes, const std::string& file) {
  bytes = SkipByteOrderMark(bytes);
  if (bytes.starts_with(kFastTextLabel)) return ReadFastText(bytes, file);
  CsvReader csv(bytes, file);
  CsvRow first;
  SF_ASSIGN(const bool any, csv.Next(first));
  if (!any) return InvalidArgument(file + ":1: the file is empty; get it again");
  if (const auto columns = ColumnsOfHeader(first)) {
    CsvRow row;
    SF_TRY(csv.Next(row).status());
    return ReadRows(csv, *columns, std::move(row), file);
  }
  if (first.fields.size() == kZhangColumns.count && LabelOf(first.fields[0]) != kNeutral)
    return ReadRows(csv, kZhangColumns, std::move(first), file);
  return Bad(file, first.line,
             fmt::format("expected one of \"1|2\",\"title\",\"body\"; a header with sentiment and "
                         "review; or __label__1|2 and text; found {}",
                         Excerpt(bytes.substr(0, bytes.find('\n')))));
}

}  // namespace sweepformer::datasets
