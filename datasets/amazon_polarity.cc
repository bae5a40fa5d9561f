#include "datasets/amazon_polarity.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "datasets/columns.h"
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
  for (;;) {
    const std::size_t at = text.find('\\');
    plain += text.substr(0, at);
    if (at == std::string_view::npos) return plain;
    text.remove_prefix(at + 1);
    const char escaped = text.empty() ? '\0' : text.front();
    const bool is_known = escaped == 'n' || escaped == '"';
    plain += escaped == 'n' ? ' ' : is_known ? escaped : '\\';
    if (is_known) text.remove_prefix(1);
  }
}

Status VisitFastText(ByteStream& stream, const std::string& file, const ReviewVisit& visit) {
  StreamLines lines(stream, file);
  for (std::string_view line;;) {
    SF_ASSIGN(const bool more, lines.Next(line));
    if (!more) return {};
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
    visit({std::move(title), std::move(body), label, 0, ""});
  }
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

/// All rows from `row` on.
Status VisitRows(CsvReader& csv, const Columns& columns, CsvRow row, const std::string& file,
                 const ReviewVisit& visit) {
  for (bool more = true; more;) {
    SF_ASSIGN(Review review, ReviewOf(row, columns, file));
    visit(std::move(review));
    SF_ASSIGN(more, csv.Next(row));
  }
  return {};
}

}  // namespace

std::pair<std::string, std::string> SplitTitle(std::string_view text) {
  const std::size_t colon = text.find(": ");
  if (colon == std::string_view::npos) return {"", std::string(text)};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 2))};
}

Status VisitAmazonPolarity(ByteStream& stream, const std::string& file, const ReviewVisit& visit) {
  constexpr std::size_t kPeeked = 256;
  SF_ASSIGN(const std::string beginning, ReadUpTo(stream, kPeeked));
  const std::string shown(SkipByteOrderMark(beginning));
  PeekedStream whole(shown, stream);
  if (shown.starts_with(kFastTextLabel)) return VisitFastText(whole, file, visit);
  CsvReader csv(whole, file);
  CsvRow first;
  SF_ASSIGN(const bool any, csv.Next(first));
  if (!any) return InvalidArgument(file + ":1: the file is empty; get it again");
  if (const auto columns = ColumnsOfHeader(first)) {
    CsvRow row;
    SF_ASSIGN(const bool more, csv.Next(row));
    if (!more) return NoRows(file);
    return VisitRows(csv, *columns, std::move(row), file, visit);
  }
  if (first.fields.size() == kZhangColumns.count && LabelOf(first.fields[0]) != kNeutral)
    return VisitRows(csv, kZhangColumns, std::move(first), file, visit);
  return Bad(file, first.line,
             fmt::format("expected one of \"1|2\",\"title\",\"body\"; a header with sentiment and "
                         "review; or __label__1|2 and text; found {}",
                         Excerpt(std::string_view(shown).substr(0, shown.find('\n')))));
}

Result<std::vector<Review>> ReadAmazonPolarity(std::string_view bytes, const std::string& file) {
  std::vector<Review> reviews;
  MemoryStream stream(bytes);
  SF_TRY(VisitAmazonPolarity(stream, file,
                             [&](Review review) { reviews.push_back(std::move(review)); }));
  return reviews;
}

}  // namespace sweepformer::datasets
