#include "datasets/amazon_reviews.h"

#include <fmt/format.h>

#include <optional>

#include "datasets/columns.h"
#include "datasets/lines.h"

namespace sweepformer::datasets {
namespace {

/// Where a form keeps what.
struct Columns {
  std::optional<std::size_t> title;  ///< absent: `body` holds it too, and a blank line
  std::size_t body = 0;
  std::size_t stars = 0;
  std::optional<std::size_t> domain;
  std::size_t count = 0;
  char least = '1';  ///< how the fewest stars are written; there are five
};

Result<Columns> Named(const CsvRow& header, const char* title, const char* body, const char* stars,
                      const char* domain, const std::string& file) {
  Columns columns;
  SF_ASSIGN(columns.title, ColumnOf(header, title, file));
  SF_ASSIGN(columns.body, ColumnOf(header, body, file));
  SF_ASSIGN(columns.stars, ColumnOf(header, stars, file));
  SF_ASSIGN(columns.domain, ColumnOf(header, domain, file));
  columns.count = header.fields.size();
  return columns;
}

Result<Columns> MultiColumns(const CsvRow& header, const std::string& file) {
  if (HasColumn(header, "review_body"))
    return Named(header, "review_title", "review_body", "stars", "product_category", file);
  Columns columns;
  SF_ASSIGN(columns.body, ColumnOf(header, "text", file));
  SF_ASSIGN(columns.stars, ColumnOf(header, "label", file));
  columns.count = header.fields.size();
  columns.least = '0';
  return columns;
}

Result<Columns> EarphoneColumns(const CsvRow& header, const std::string& file) {
  return Named(header, "ReviewTitle", "ReviewBody", "ReviewStar", "Product", file);
}

Result<int> StarsOf(const CsvRow& row, const Columns& columns, const std::string& file) {
  const std::string& word = row.fields[columns.stars];
  if (word.size() == 1 && word[0] >= columns.least && word[0] < columns.least + 5)
    return word[0] - columns.least + 1;
  return BadLine(file, row.line,
                 fmt::format("column {}: {} is no rating; expected {} to {}", columns.stars + 1,
                             Excerpt(word), columns.least, static_cast<char>(columns.least + 4)));
}

Result<Review> ReviewOf(CsvRow& row, const Columns& columns, const std::string& file) {
  SF_TRY(CheckFields(row, columns.count, file));
  Review review;
  SF_ASSIGN(review.stars, StarsOf(row, columns, file));
  review.label = review.stars == 3 ? kNeutral : review.stars > 3;
  review.body = std::move(row.fields[columns.body]);
  if (columns.domain) review.domain = std::move(row.fields[*columns.domain]);
  if (columns.title) {
    review.title = std::move(row.fields[*columns.title]);
    return review;
  }
  const std::size_t blank_line = review.body.find("\n\n");
  if (blank_line == std::string::npos)
    return BadLine(file, row.line, "no blank line parts title and body");
  review.title = review.body.substr(0, blank_line);
  review.body.erase(0, blank_line + 2);
  return review;
}

template <typename ColumnsOfHeader>
Result<std::vector<Review>> Read(std::string_view bytes, const std::string& file,
                                 ColumnsOfHeader columns_of) {
  CsvReader csv(bytes, file);
  CsvRow row;
  SF_ASSIGN(bool more, csv.Next(row));
  if (!more) return BadLine(file, 1, "the file is empty; get it again");
  SF_ASSIGN(const Columns columns, columns_of(row, file));
  std::vector<Review> rows;
  for (;;) {
    SF_ASSIGN(more, csv.Next(row));
    if (!more) break;
    SF_ASSIGN(Review review, ReviewOf(row, columns, file));
    rows.push_back(std::move(review));
  }
  if (rows.empty()) return NoRows(file);
  return rows;
}

}  // namespace

Result<std::vector<Review>> ReadAmazonMulti(std::string_view bytes, const std::string& file) {
  return Read(bytes, file, MultiColumns);
}

Result<std::vector<Review>> ReadAmazonEarphones(std::string_view bytes, const std::string& file) {
  return Read(bytes, file, EarphoneColumns);
}

}  // namespace sweepformer::datasets
