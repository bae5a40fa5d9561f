#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

enum class TableFormat { kCsv, kTsv, kJsonLines };

/// csv, tsv and jsonl, in the order of the enumeration.
std::vector<std::string> TableFormatWords();

/// Takes the values of the columns asked for, in their order; nothing where a row has none.
using RowVisit =
    std::function<Status(std::size_t line, std::vector<std::optional<std::string>>& values)>;

/// Goes through a table row by row. Its first row (CSV, TSV) or the keys of its objects (JSON
/// lines, one a line) name its columns, whatever their case. A value of JSON that is missing or
/// null is none; numbers and booleans are as they are written. InvalidArgument "file:line: ..." for
/// a row of another form, and for a column that no row has; else what `visit` returns.
Status VisitTable(TableFormat format, std::string_view bytes, const std::string& file,
                  std::span<const std::string> columns, const RowVisit& visit);

}  // namespace sweepformer::datasets
