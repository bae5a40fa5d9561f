#include "datasets/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "datasets/columns.h"
#include "datasets/csv.h"
#include "datasets/lines.h"
#include "datasets/tsv.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {
namespace {

using Values = std::vector<std::optional<std::string>>;

Status EmptyFile(const std::string& file) { return BadLine(file, 1, "the file is empty"); }

/// `Reader` is CsvReader or TsvReader.
template <typename Reader>
Status VisitFields(Reader reader, const std::string& file, std::span<const std::string> columns,
                   const RowVisit& visit) {
  CsvRow row;
  SF_ASSIGN(bool more, reader.Next(row));
  if (!more) return EmptyFile(file);
  const std::size_t count = row.fields.size();
  std::vector<std::size_t> places;
  for (const std::string& column : columns) {
    SF_ASSIGN(const std::size_t place, ColumnOf(row, column, file));
    places.push_back(place);
  }
  Values values(columns.size());
  for (;;) {
    SF_ASSIGN(more, reader.Next(row));
    if (!more) return {};
    SF_TRY(CheckFields(row, count, file));
    for (std::size_t i = 0; i < places.size(); ++i) values[i] = row.fields[places[i]];
    SF_TRY(visit(row.line, values));
  }
}

/// A bound on how deep values nest: the parser calls itself.
constexpr int kDeepest = 64;

using Json = nlohmann::json;

/// The object on a line, nothing if it is none.
std::optional<Json> ParseObject(std::string_view line) {
  bool too_deep = false;
  const auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;
  };
  Json object = Json::parse(line.begin(), line.end(), watch, /*allow_exceptions=*/false);
  if (too_deep || !object.is_object()) return std::nullopt;
  return object;
}

/// What JSON has for a value that is text, a number or a boolean.
std::string TextOf(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

class JsonLines {
 public:
  JsonLines(const std::string& file, std::span<const std::string> columns)
      : file_(file), columns_(columns), met_(columns.size()) {}

  Status Visit(std::size_t line, std::string_view text, const RowVisit& visit) {
    const std::optional<Json> object = ParseObject(text);
    if (!object)
      return BadLine(file_, line,
                     fmt::format("expected one JSON object on a line, found {}", Excerpt(text)));
    Values values(columns_.size());
    for (const auto& [key, value] : object->items()) {
      Note(key);
      const auto column =
          std::find_if(columns_.begin(), columns_.end(),
                       [&wanted = key](const std::string& name) { return SameName(name, wanted); });
      if (column == columns_.end()) continue;
      if (key != *column && object->contains(*column)) continue;  // it is there in its own case
      const auto place = static_cast<std::size_t>(column - columns_.begin());
      met_[place] = true;
      if (value.is_null()) continue;
      if (value.is_structured())
        return BadLine(
            file_, line,
            fmt::format("'{}' is {}; expected text or a number", key, value.type_name()));
      values[place] = TextOf(value);
    }
    return visit(line, values);
  }

  /// A name that no object has is misspelt.
  Status CheckMet() const {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (met_[i]) continue;
      const std::vector<std::string> keys(keys_.begin(), keys_.end());
      return InvalidArgument(fmt::format("{}: no row has a key '{}'{}; there are {}", file_,
                                         columns_[i], DidYouMean(columns_[i], keys),
                                         JoinWords(keys, "and")));
    }
    return {};
  }

 private:
  void Note(const std::string& key) {
    constexpr std::size_t kMost = 20;
    if (keys_.size() < kMost && key.size() < 100) keys_.insert(key);
  }

  const std::string& file_;
  std::span<const std::string> columns_;
  std::vector<bool> met_;
  std::set<std::string> keys_;
};

Status VisitJsonLines(std::string_view bytes, const std::string& file,
                      std::span<const std::string> columns, const RowVisit& visit) {
  LineReader lines(SkipByteOrderMark(bytes));
  JsonLines reader(file, columns);
  bool any = false;
  for (std::string_view line; lines.Next(line);) {
    if (line.find_first_not_of(" \t") == std::string_view::npos) continue;
    any = true;
    SF_TRY(reader.Visit(lines.number(), line, visit));
  }
  return any ? reader.CheckMet() : EmptyFile(file);
}

}  // namespace

std::vector<std::string> TableFormatWords() { return {"csv", "tsv", "jsonl"}; }

Status VisitTable(TableFormat format, std::string_view bytes, const std::string& file,
                  std::span<const std::string> columns, const RowVisit& visit) {
  switch (format) {
    case TableFormat::kCsv: return VisitFields(CsvReader(bytes, file), file, columns, visit);
    case TableFormat::kTsv: return VisitFields(TsvReader(bytes, file), file, columns, visit);
    case TableFormat::kJsonLines: return VisitJsonLines(bytes, file, columns, visit);
  }
  return {};
}

}  // namespace sweepformer::datasets
