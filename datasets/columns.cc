#include "datasets/columns.h"

#include <fmt/format.h>

#include <algorithm>

#include "datasets/lines.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {
namespace {

/// Of a file that is none of its kind there may be hundreds, of any length.
constexpr std::size_t kMostNamed = 20;

/// The column of just this name or, where none is, of the name in another case.
std::size_t PlaceOf(const CsvRow& header, std::string_view name) {
  const auto& fields = header.fields;
  auto found = std::find(fields.begin(), fields.end(), name);
  if (found == fields.end()) {
    found = std::find_if(fields.begin(), fields.end(),
                         [&](const std::string& field) { return SameName(field, name); });
  }
  return static_cast<std::size_t>(found - fields.begin());
}

}  // namespace

Status BadLine(const std::string& file, std::size_t line, const std::string& what) {
  return InvalidArgument(fmt::format("{}:{}: {}", file, line, what));
}

Status NoRows(const std::string& file) {
  return BadLine(file, 1, "only a header is there; get the file again");
}

Status CheckFields(const CsvRow& row, std::size_t count, const std::string& file) {
  if (row.fields.size() == count) return {};
  return BadLine(file, row.line,
                 fmt::format("expected {} fields, found {}", count, row.fields.size()));
}

bool HasColumn(const CsvRow& header, std::string_view name) {
  return PlaceOf(header, name) < header.fields.size();
}

Result<std::size_t> ColumnOf(const CsvRow& header, std::string_view name, const std::string& file) {
  const std::size_t place = PlaceOf(header, name);
  if (std::count(header.fields.begin(), header.fields.end(), name) > 1) {
    return BadLine(file, header.line,
                   fmt::format("the header names '{}' more than once; rename the column that is "
                               "not meant",
                               name));
  }
  if (place < header.fields.size()) return place;
  std::string there;
  for (std::size_t i = 0; i < std::min(header.fields.size(), kMostNamed); ++i)
    there += (there.empty() ? "" : ", ") + Excerpt(header.fields[i]);
  if (header.fields.size() > kMostNamed) there += ", ...";
  return BadLine(file, header.line,
                 fmt::format("no column '{}'{}; the header names {}", name,
                             DidYouMean(name, header.fields), there));
}

}  // namespace sweepformer::datasets
