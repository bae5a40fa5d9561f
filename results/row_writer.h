#pragma once

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "orchestrator/core/value.h"
#include "results/table.h"

namespace sweepformer {

/// Writes rows of values as they come, in memory that does not grow with their number. How the
/// columns of a text or LaTeX table are set is decided by its first rows (a thousand, or a
/// mebibyte); later rows are not held back, and a wider cell widens its column from then on.
class RowWriter {
 public:
  virtual ~RowWriter() = default;
  virtual void Begin(const std::vector<std::string>& columns) = 0;
  virtual void Row(const std::vector<Value>& values) = 0;
  virtual void End() = 0;
};

/// Absent values are written as NULL in tables, as an empty field in CSV ("" where it is alone on
/// its line: readers pass over empty ones) and as null in JSON; reals with 15 digits in tables, and
/// so that they read back as they were in CSV and JSON. JSON is
/// {"version": 1, "columns": [...], "rows": [{...}], "warnings": []}; columns of the same name are
/// told apart as name:1, name:2.
std::unique_ptr<RowWriter> MakeRowWriter(TableFormat format, std::ostream& out);

}  // namespace sweepformer
