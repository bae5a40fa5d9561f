#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// The parameters of many cells in little room: a column keeps each of its values once, and of a
/// row only which of them it has; a column of one value keeps nothing of its rows.
class ParameterTable {
 public:
  explicit ParameterTable(std::vector<std::string> names);

  /// A table of one row.
  static std::shared_ptr<const ParameterTable> Of(const Parameters& parameters);

  /// Appends a row: a canonical value per name, in the order of the names; absent ones too.
  void AddRow(std::span<const Value> values);

  std::size_t rows() const { return rows_; }

  std::optional<std::size_t> FindColumn(std::string_view name) const;

  Parameters Row(std::size_t row) const;

  /// The value of column `column`, in the order of the names, in `row`; equal values of a column
  /// are one and the same.
  const Value& At(std::size_t row, std::size_t column) const { return Find(row, column).value; }

  /// Adds CanonicalJson(Row(row)) to `text`.
  void AppendJson(std::size_t row, std::string& text) const;

 private:
  struct Distinct {
    Value value;
    std::string json;  ///< "name":value, or empty where absent
  };
  struct Column {
    std::string name;
    std::vector<Distinct> values;
    std::unordered_map<Value, std::uint32_t> code_of;  ///< the place in `values`
    std::vector<std::uint32_t> codes;  ///< by row; empty as long as all rows have the first value
    std::uint32_t last = 0;
  };
  static std::uint32_t CodeOf(const Value& value, Column& column);
  void Append(const Value& value, Column& column);
  const Distinct& Find(std::size_t row, std::size_t column) const;

  std::vector<Column> columns_;
  std::vector<std::size_t> by_name_;  ///< columns in name order
  std::size_t rows_ = 0;
};

/// A row of a table that it keeps alive.
struct ParameterRow {
  std::shared_ptr<const ParameterTable> table;
  std::size_t row = 0;

  Parameters All() const { return table->Row(row); }
};

/// `parameters` as one JSON object: names lower case and sorted, values canonical, absent ones left
/// out.
std::string CanonicalJson(const Parameters& parameters);

}  // namespace sweepformer
