#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "datasets/csv.h"
#include "datasets/lines.h"

namespace sweepformer::datasets {

/// Reads records of tab-separated fields line by line, without quoting: a quote is a character like
/// any other. "\n" and "\r\n" end a line, a byte order mark is passed over, blank lines are
/// skipped. Views of `bytes` and `file` are kept.
class TsvReader {
 public:
  TsvReader(std::string_view bytes, const std::string& file)
      : lines_(SkipByteOrderMark(bytes)), file_(file) {}

  /// False at the end. InvalidArgument "file:line: ..." for an absurd field or number of fields.
  Result<bool> Next(CsvRow& row);

 private:
  LineReader lines_;
  const std::string& file_;
};

}  // namespace sweepformer::datasets
