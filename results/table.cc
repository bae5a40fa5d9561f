#include "results/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <sstream>

#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

constexpr std::array<std::string_view, 4> kFormats = {"table", "csv", "json", "md"};

std::string Pad(std::string_view text, std::size_t width, Align align) {
  const std::size_t length = TextWidth(text);
  const std::string blanks(width > length ? width - length : 0, ' ');
  return align == Align::kLeft ? std::string(text) + blanks : blanks + std::string(text);
}

using RowAt = std::function<std::vector<std::string>(std::size_t)>;

std::vector<std::size_t> Widths(const std::vector<TextTable::Column>& columns, std::size_t rows,
                                const RowAt& row_at) {
  std::vector<std::size_t> widths;
  for (const TextTable::Column& column : columns) widths.push_back(TextWidth(column.header));
  for (std::size_t row = 0; row < rows; ++row) {
    const std::vector<std::string> cells = row_at(row);
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], TextWidth(cells[i]));
    }
  }
  return widths;
}

std::string Line(const std::vector<TextTable::Column>& columns,
                 const std::vector<std::size_t>& widths, const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    line += (i > 0 ? "  " : "") + Pad(cells[i], widths[i], columns[i].align);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

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

std::string MarkdownLine(const std::vector<std::string>& cells) {
  std::string line = "|";
  for (const std::string& cell : cells) line += " " + MarkdownCell(cell) + " |";
  return line + "\n";
}

std::string MarkdownHead(const std::vector<std::string>& headers,
                         const std::vector<Align>& aligns) {
  std::string rule = "|";
  for (const Align align : aligns) rule += align == Align::kRight ? "---:|" : "---|";
  return MarkdownLine(headers) + rule + "\n";
}

std::string ShownValue(const Value& value) { return IsNull(value) ? "NULL" : FormatValue(value); }

bool IsNumber(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

class TextWriter : public RowWriter {
 public:
  explicit TextWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    for (const std::string& name : columns) {
      table_.columns.push_back({PrintableLine(name), Align::kRight});
    }
  }

  /// A column is set to the right as long as all in it are numbers.
  void Row(const std::vector<Value>& values) override {
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < values.size(); ++i) {
      cells.push_back(PrintableLine(ShownValue(values[i])));
      if (!IsNumber(values[i]) && !IsNull(values[i])) table_.columns[i].align = Align::kLeft;
    }
    table_.rows.push_back(std::move(cells));
  }

  void End() override { out_ << RenderText(table_); }

 private:
  std::ostream& out_;
  TextTable table_;
};

class MarkdownWriter : public RowWriter {
 public:
  explicit MarkdownWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    out_ << MarkdownHead(columns, std::vector<Align>(columns.size(), Align::kLeft));
  }
  void Row(const std::vector<Value>& values) override {
    std::vector<std::string> cells;
    for (const Value& value : values) cells.push_back(ShownValue(value));
    out_ << MarkdownLine(cells);
  }
  void End() override {}

 private:
  std::ostream& out_;
};

class CsvWriter : public RowWriter {
 public:
  explicit CsvWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    for (const std::string& name : columns) Field(name);
    Line();
  }
  void Row(const std::vector<Value>& values) override {
    for (const Value& value : values) Field(FormatValue(value));
    Line();
  }
  void End() override {}

 private:
  void Field(std::string_view text) {
    if (!first_) out_ << ',';
    out_ << CsvField(text);
    first_ = false;
  }
  void Line() {
    out_ << '\n';
    first_ = true;
  }

  std::ostream& out_;
  bool first_ = true;
};

std::vector<std::string> ToldApart(std::vector<std::string> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string name = names[i];
    for (int number = 1;
         std::count(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) > 0;
         ++number) {
      names[i] = fmt::format("{}:{}", name, number);
    }
  }
  return names;
}

class JsonWriter : public RowWriter {
 public:
  explicit JsonWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    out_ << "{\"version\": 1, \"columns\": [";
    for (const std::string& name : ToldApart(columns)) {
      out_ << (names_.empty() ? "" : ", ") << QuoteJson(name);
      names_.push_back(QuoteJson(name));
    }
    out_ << "], \"rows\": [";
  }
  void Row(const std::vector<Value>& values) override {
    out_ << (first_ ? "\n  {" : ",\n  {");
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ << (i > 0 ? ", " : "") << names_[i] << ": " << FormatJson(values[i]);
    }
    out_ << '}';
    first_ = false;
  }
  void End() override { out_ << (first_ ? "" : "\n") << "], \"warnings\": []}\n"; }

 private:
  std::ostream& out_;
  std::vector<std::string> names_;
  bool first_ = true;
};

}  // namespace

Result<TableFormat> ParseTableFormat(std::string_view word) {
  const auto it = std::find(kFormats.begin(), kFormats.end(), word);
  if (it != kFormats.end()) return static_cast<TableFormat>(it - kFormats.begin());
  return InvalidArgument(fmt::format("--format is 'table', 'csv', 'json' or 'md', not '{}'", word));
}

std::size_t TextWidth(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));  // begins one
}

void WriteText(const std::vector<TextTable::Column>& columns, std::size_t rows, const RowAt& row_at,
               std::ostream& out) {
  const std::vector<std::size_t> widths = Widths(columns, rows, row_at);
  std::vector<std::string> headers, rules;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    headers.push_back(columns[i].header);
    std::string& rule = rules.emplace_back();
    for (std::size_t dash = 0; dash < widths[i]; ++dash) rule += "─";
  }
  out << Line(columns, widths, headers) << Line(columns, widths, rules);
  for (std::size_t row = 0; row < rows; ++row) out << Line(columns, widths, row_at(row));
}

std::string RenderText(const TextTable& table) {
  std::ostringstream out;
  WriteText(
      table.columns, table.rows.size(), [&](std::size_t row) { return table.rows[row]; }, out);
  return std::move(out).str();
}

std::string RenderMarkdown(const TextTable& table) {
  std::vector<std::string> headers;
  std::vector<Align> aligns;
  for (const TextTable::Column& column : table.columns) {
    headers.push_back(column.header);
    aligns.push_back(column.align);
  }
  std::string out = MarkdownHead(headers, aligns);
  for (const auto& row : table.rows) out += MarkdownLine(row);
  return out;
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

std::unique_ptr<RowWriter> MakeRowWriter(TableFormat format, std::ostream& out) {
  switch (format) {
    case TableFormat::kTable: return std::make_unique<TextWriter>(out);
    case TableFormat::kCsv: return std::make_unique<CsvWriter>(out);
    case TableFormat::kJson: return std::make_unique<JsonWriter>(out);
    case TableFormat::kMarkdown: return std::make_unique<MarkdownWriter>(out);
  }
  return nullptr;
}

}  // namespace sweepformer
