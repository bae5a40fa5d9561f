#include "datasets/tsv.h"

#include <fmt/format.h>

namespace sweepformer::datasets {
namespace {

Status Bad(const std::string& file, std::size_t line, const std::string& what) {
  return InvalidArgument(fmt::format("{}:{}: {}; is this a TSV file?", file, line, what));
}

}  // namespace

Result<bool> TsvReader::Next(CsvRow& row) {
  row.fields.clear();
  std::string_view line;
  do {
    if (!lines_.Next(line)) return false;
  } while (line.empty());
  row.line = lines_.number();
  for (bool more = true; more;) {
    const std::size_t tab = line.find('\t');
    const std::string_view field = line.substr(0, tab);
    if (field.size() > CsvReader::kLongestField)
      return Bad(file_, row.line,
                 fmt::format("a field of more than {} bytes", CsvReader::kLongestField));
    if (row.fields.size() == CsvReader::kMostFields)
      return Bad(file_, row.line, fmt::format("more than {} fields", CsvReader::kMostFields));
    row.fields.emplace_back(field);
    more = tab != std::string_view::npos;
    if (more) line.remove_prefix(tab + 1);
  }
  return true;
}

}  // namespace sweepformer::datasets
