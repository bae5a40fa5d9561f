#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer {

/// How a result is written: for the eye, for spreadsheets, for scripts, for documents.
enum class TableFormat { kTable, kCsv, kJson, kMarkdown };

/// "table", "csv", "json" or "md"; InvalidArgument naming these for anything else.
Result<TableFormat> ParseTableFormat(std::string_view word);

enum class Align { kLeft, kRight };

/// A table whose cells are already text.
struct TextTable {
  struct Column {
    std::string header;
    Align align = Align::kLeft;
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::string>> rows;  ///< as many cells as columns
};

/// Columns padded to their widest cell and two blanks apart, a rule below the headers. Widths are
/// counted in code points.
std::string RenderText(const TextTable& table);

/// The same table row by row, so that only one row is held at a time: `row` is asked for each of
/// `rows` rows twice.
void WriteText(const std::vector<TextTable::Column>& columns, std::size_t rows,
               const std::function<std::vector<std::string>(std::size_t)>& row, std::ostream& out);

/// The columns that `text` takes on a terminal, counted in code points.
std::size_t TextWidth(std::string_view text);

/// A GitHub-flavoured Markdown table; '|' and line breaks in cells are escaped.
std::string RenderMarkdown(const TextTable& table);

/// `text` as a field of an RFC 4180 CSV record: quoted where it has to be.
std::string CsvField(std::string_view text);

/// Writes rows of values as they come. CSV, JSON and Markdown need no memory for what is past; a
/// text table is held back until End, as its widths are known only then.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void Begin(const std::vector<std::string>& columns) = 0;
  virtual void Row(const std::vector<Value>& values) = 0;
  virtual void End() = 0;
};

/// Absent values are written as NULL in tables, as an empty field in CSV and as null in JSON. JSON
/// is {"version": 1, "columns": [...], "rows": [{...}], "warnings": []}; columns of the same name
/// are told apart as name:1, name:2.
std::unique_ptr<RowWriter> MakeRowWriter(TableFormat format, std::ostream& out);

}  // namespace sweepformer
