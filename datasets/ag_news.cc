#include "datasets/ag_news.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/columns.h"
#include "datasets/lines.h"

namespace sweepformer::datasets {

Result<std::vector<Review>> ReadAgNews(std::string_view bytes, const std::string& file) {
  CsvReader csv(bytes, file);
  std::vector<Review> rows;
  for (CsvRow row;;) {
    SF_ASSIGN(const bool more, csv.Next(row));
    if (!more) break;
    SF_TRY(CheckFields(row, 3, file));
    const std::string& word = row.fields[0];
    if (word.size() != 1 || word[0] < '1' || word[0] > '4')
      return BadLine(file, row.line,
                     fmt::format("column 1: {} is no class; expected 1 to 4", Excerpt(word)));
    for (std::string& field : row.fields) std::replace(field.begin(), field.end(), '\\', ' ');
    rows.push_back({row.fields[1], row.fields[2], word[0] - '1', 0, ""});
  }
  if (rows.empty()) return BadLine(file, 1, "the file is empty; get it again");
  return rows;
}

}  // namespace sweepformer::datasets
