#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "datasets/csv.h"

namespace sweepformer::datasets {

/// "file:line: what" as InvalidArgument.
Status BadLine(const std::string& file, std::size_t line, const std::string& what);

/// InvalidArgument: the file ends after its header.
Status NoRows(const std::string& file);

/// InvalidArgument unless `row` has `count` fields.
Status CheckFields(const CsvRow& row, std::size_t count, const std::string& file);

/// Where `header` has the column `name`, whatever its case. InvalidArgument, with the columns that
/// are there, if it has none.
Result<std::size_t> ColumnOf(const CsvRow& header, std::string_view name, const std::string& file);

/// Whether `header` has a column `name`.
bool HasColumn(const CsvRow& header, std::string_view name);

}  // namespace sweepformer::datasets
