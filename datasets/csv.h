#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer::datasets {

/// One record of a CSV file.
struct CsvRow {
  std::size_t line = 0;  ///< where it begins, from 1
  std::vector<std::string> fields;
};

/// Reads RFC 4180 records one by one: quoted fields with "" for a quote and with line breaks in
/// them, "\n" and "\r\n" record ends, an optional byte order mark; blank lines are skipped and a
/// quote inside an unquoted field is an ordinary character, as everybody reads it. Holds views of
/// `bytes` and `file`, which must outlive it.
class CsvReader {
 public:
  /// A field longer than this is taken for a lost closing quote.
  static constexpr std::size_t kLongestField = std::size_t{1} << 20;
  static constexpr std::size_t kMostFields = 1024;

  CsvReader(std::string_view bytes, const std::string& file);

  /// False at the end of the file. InvalidArgument "file:line: ..." for a quote that is never
  /// closed (with the line where it began), text after a closing quote, or an absurd field.
  Result<bool> Next(CsvRow& row);

 private:
  Result<std::string> Field();
  Result<std::string> QuotedField();
  bool AtRecordEnd() const;
  void SkipRecordEnd();
  Status Bad(std::size_t line, const std::string& what) const;

  std::string_view bytes_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

}  // namespace sweepformer::datasets
