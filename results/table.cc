#include "results/table.h"

#include <fmt/format.h>

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <array>
#include <cwchar>
#include <sstream>

#include "orchestrator/core/printable.h"
#include "results/latex.h"

namespace sweepformer {
namespace {

constexpr std::array<std::string_view, 5> kFormats = {"table", "csv", "json", "md", "latex"};

std::string Pad(std::string_view text, std::size_t width, Align align) {
  const std::size_t length = TextWidth(text);
  const std::string blanks(width > length ? width - length : 0, ' ');
  return align == Align::kLeft ? std::string(text) + blanks : blanks + std::string(text);
}

using RowAt = std::function<std::vector<std::string>(std::size_t)>;

/// A cell of a Markdown table: what breaks its lines or columns escaped.
std::string MarkdownCell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "<br>";
    } else if (c == '|') {
      out += "\\|";
    } else if (c != '\r') {
      out += c;
    }
  }
  return PrintableLine(out);
}

}  // namespace

Result<TableFormat> ParseTableFormat(std::string_view word) {
  const auto it = std::find(kFormats.begin(), kFormats.end(), word);
  if (it != kFormats.end()) return static_cast<TableFormat>(it - kFormats.begin());
  return InvalidArgument(
      fmt::format("--format is 'table', 'csv', 'json', 'md' or 'latex', not '{}'", word));
}

std::size_t TextWidth(std::string_view text) {
  if (PlainLength(text) == text.size()) return text.size();
  static const locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));  // begins one
  }
  const locale_t before = uselocale(utf8);
  std::mbstate_t state = {};
  std::size_t width = 0;
  while (!text.empty()) {
    wchar_t letter = 0;
    const std::size_t bytes = std::mbrtowc(&letter, text.data(), text.size(), &state);
    const bool is_letter = bytes > 0 && bytes <= text.size();  // else it is not UTF-8
    if (!is_letter) state = {};
    const int columns = is_letter ? wcwidth(letter) : 1;
    width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
    text.remove_prefix(is_letter ? bytes : 1);
  }
  uselocale(before);
  return width;
}

TextLayout::TextLayout(std::vector<TextTable::Column> columns) : columns_(std::move(columns)) {
  for (const TextTable::Column& column : columns_) widths_.push_back(TextWidth(column.header));
}

void TextLayout::Fit(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    widths_[i] = std::max(widths_[i], TextWidth(cells[i]));
  }
}

std::string TextLayout::Head() const {
  std::vector<std::string> headers, rules;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    headers.push_back(columns_[i].header);
    std::string& rule = rules.emplace_back();
    for (std::size_t dash = 0; dash < widths_[i]; ++dash) rule += "─";
  }
  return Line(headers) + Line(rules);
}

std::string TextLayout::Line(const std::vector<std::string>& cells) const {
  std::string line;
  for (std::size_t i = 0; i < widths_.size(); ++i) {
    line += (i > 0 ? "  " : "") + Pad(cells[i], widths_[i], columns_[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

void WriteText(const std::vector<TextTable::Column>& columns, std::size_t rows, const RowAt& row_at,
               std::ostream& out) {
  TextLayout layout(columns);
  for (std::size_t row = 0; row < rows; ++row) layout.Fit(row_at(row));
  out << layout.Head();
  for (std::size_t row = 0; row < rows; ++row) out << layout.Line(row_at(row));
}

std::string RenderText(const TextTable& table) {
  std::ostringstream out;
  WriteText(
      table.columns, table.rows.size(), [&](std::size_t row) { return table.rows[row]; }, out);
  return std::move(out).str();
}

std::string MarkdownLine(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + MarkdownCell(cell) + " |";
  return line + "\n";
}

std::string MarkdownHead(const std::vector<TextTable::Column>& columns) {
  std::vector<std::string> headers;
  std::string rule = "|";
  for (const TextTable::Column& column : columns) {
    headers.push_back(column.header);
    rule += column.align == Align::kRight ? "---:|" : "---|";
  }
  return MarkdownLine(headers) + rule + "\n";
}

std::string RenderMarkdown(const TextTable& table) {
  std::string out = MarkdownHead(table.columns);
  for (const auto& row : table.rows) out += MarkdownLine(row);
  return out;
}

std::string RenderLatex(const TextTable& table) {
  std::string out = LatexHead(table.columns);
  for (const auto& row : table.rows) out += LatexLine(row);
  return out.append(kLatexFoot);
}

std::string CsvField(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    out += c;
    if (c == '"') out += c;
  }
  return out + '"';
}

}  // namespace sweepformer
