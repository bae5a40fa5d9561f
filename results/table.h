#pragma once

#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// How a result is written: for the eye, for spreadsheets, for scripts, for documents, for papers.
enum class TableFormat { kTable, kCsv, kJson, kMarkdown, kLatex };

/// "table", "csv", "json", "md" or "latex"; InvalidArgument naming these for anything else.
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

/// The lines of a text table: columns padded to their widest cell and two blanks apart, a rule
/// below the headers. Widths are those of a terminal.
class TextLayout {
 public:
  explicit TextLayout(std::vector<TextTable::Column> columns);

  /// Widens the columns that `cells` need wider.
  void Fit(const std::vector<std::string>& cells);

  std::string Head() const;
  std::string Line(const std::vector<std::string>& cells) const;

 private:
  std::vector<TextTable::Column> columns_;
  std::vector<std::size_t> widths_;
};

/// The whole table, laid out as TextLayout does.
std::string RenderText(const TextTable& table);

/// The same table row by row, so that only one row is held at a time: `row` is asked for each of
/// `rows` rows twice.
void WriteText(const std::vector<TextTable::Column>& columns, std::size_t rows,
               const std::function<std::vector<std::string>(std::size_t)>& row, std::ostream& out);

/// The columns that `text` (UTF-8) takes on a terminal: two for a wide letter, none for a mark that
/// joins the letter before it.
std::size_t TextWidth(std::string_view text);

/// A GitHub-flavoured Markdown table; '|' and line breaks in cells are escaped.
std::string RenderMarkdown(const TextTable& table);

/// Its two parts.
std::string MarkdownHead(const std::vector<TextTable::Column>& columns);
std::string MarkdownLine(const std::vector<std::string>& cells);

/// A booktabs table for a paper; everything in the cells is escaped (latex.h).
std::string RenderLatex(const TextTable& table);

/// `text` as a field of an RFC 4180 CSV record: quoted where it has to be.
std::string CsvField(std::string_view text);

}  // namespace sweepformer
