#include "results/row_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/printable.h"
#include "results/latex.h"

namespace sweepformer {
namespace {

/// For the eye: 15 digits of a real, as the sqlite3 shell has it, so that 0.1 + 0.2 is 0.3.
std::string ShownValue(const Value& value) {
  const auto* real = std::get_if<double>(&value);
  if (real && std::isfinite(*real)) return fmt::format("{:.15g}", *real);
  return IsNull(value) ? "NULL" : FormatValue(value);
}

bool IsNumber(const Value& value) {
  return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<double>(value);
}

/// Holds the first rows back, to see how the columns are to be set. A column is set to the right as
/// long as all in it are numbers.
class FittedWriter : public RowWriter {
 public:
  void Begin(const std::vector<std::string>& columns) override {
    for (const std::string& name : columns) columns_.push_back({Clean(name), Align::kRight});
  }

  void Row(const std::vector<Value>& values) override {
    std::vector<std::string> cells;
    for (const Value& value : values) cells.push_back(Clean(ShownValue(value)));
    if (begun_) return WriteLine(cells);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!IsNumber(values[i]) && !IsNull(values[i])) columns_[i].align = Align::kLeft;
      held_bytes_ += cells[i].size();
    }
    held_.push_back(std::move(cells));
    if (held_.size() == kMostHeld || held_bytes_ > kMostHeldBytes) Release();
  }

  void End() override {
    if (!begun_) Release();
    WriteFoot();
  }

 protected:
  using Cells = std::vector<std::string>;
  virtual std::string Clean(std::string text) const = 0;
  /// `rows` are those that WriteLine will be given first.
  virtual void WriteHead(const std::vector<TextTable::Column>& columns,
                         const std::vector<Cells>& rows) = 0;
  virtual void WriteLine(const Cells& cells) = 0;
  virtual void WriteFoot() = 0;

 private:
  static constexpr std::size_t kMostHeld = 1000;
  static constexpr std::size_t kMostHeldBytes = 1 << 20;

  void Release() {
    begun_ = true;
    WriteHead(columns_, held_);
    for (const Cells& cells : held_) WriteLine(cells);
    held_ = {};
  }

  std::vector<TextTable::Column> columns_;
  std::vector<Cells> held_;
  std::size_t held_bytes_ = 0;
  bool begun_ = false;
};

class TextWriter : public FittedWriter {
 public:
  explicit TextWriter(std::ostream& out) : out_(out) {}

 protected:
  std::string Clean(std::string text) const override { return PrintableLine(text); }
  void WriteHead(const std::vector<TextTable::Column>& columns,
                 const std::vector<Cells>& rows) override {
    layout_ = TextLayout(columns);
    for (const Cells& cells : rows) layout_.Fit(cells);
    out_ << layout_.Head();
  }
  void WriteLine(const Cells& cells) override {
    layout_.Fit(cells);
    out_ << layout_.Line(cells);
  }
  void WriteFoot() override {}

 private:
  std::ostream& out_;
  TextLayout layout_{{}};
};

class LatexWriter : public FittedWriter {
 public:
  explicit LatexWriter(std::ostream& out) : out_(out) {}

 protected:
  std::string Clean(std::string text) const override { return text; }
  void WriteHead(const std::vector<TextTable::Column>& columns,
                 const std::vector<Cells>&) override {
    out_ << LatexHead(columns);
  }
  void WriteLine(const Cells& cells) override { out_ << LatexLine(cells); }
  void WriteFoot() override { out_ << kLatexFoot; }

 private:
  std::ostream& out_;
};

class MarkdownWriter : public RowWriter {
 public:
  explicit MarkdownWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    std::vector<TextTable::Column> headers;
    for (const std::string& name : columns) headers.push_back({name});
    out_ << MarkdownHead(headers);
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
    blank_ = first_ && text.empty();
    first_ = false;
  }
  /// Readers pass over empty lines, so a field that is alone and empty is quoted.
  void Line() {
    out_ << (blank_ ? "\"\"\n" : "\n");
    first_ = true;
  }

  std::ostream& out_;
  bool first_ = true;
  bool blank_ = false;  ///< the line is one empty field so far
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

/// `json` as it must be: U+FFFD for each byte that is not UTF-8.
std::string AsUtf8(std::string_view json) {
  std::string out;
  while (!json.empty()) {
    const std::size_t length = Utf8Length(json);
    out += length > 0 ? json.substr(0, length) : "\uFFFD";
    json.remove_prefix(std::max<std::size_t>(1, length));
  }
  return out;
}

class JsonWriter : public RowWriter {
 public:
  explicit JsonWriter(std::ostream& out) : out_(out) {}

  void Begin(const std::vector<std::string>& columns) override {
    out_ << "{\"version\": 1, \"columns\": [";
    for (const std::string& name : ToldApart(columns)) {
      const std::string quoted = AsUtf8(QuoteJson(name));
      out_ << (names_.empty() ? "" : ", ") << quoted;
      names_.push_back(quoted);
    }
    out_ << "], \"rows\": [";
  }
  void Row(const std::vector<Value>& values) override {
    out_ << (first_ ? "\n  {" : ",\n  {");
    for (std::size_t i = 0; i < values.size(); ++i) {
      out_ << (i > 0 ? ", " : "") << names_[i] << ": " << AsUtf8(FormatJson(values[i]));
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

std::unique_ptr<RowWriter> MakeRowWriter(TableFormat format, std::ostream& out) {
  switch (format) {
    case TableFormat::kTable: return std::make_unique<TextWriter>(out);
    case TableFormat::kCsv: return std::make_unique<CsvWriter>(out);
    case TableFormat::kJson: return std::make_unique<JsonWriter>(out);
    case TableFormat::kMarkdown: return std::make_unique<MarkdownWriter>(out);
    case TableFormat::kLatex: return std::make_unique<LatexWriter>(out);
  }
  return nullptr;
}

}  // namespace sweepformer
