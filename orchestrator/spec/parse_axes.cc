#include <fmt/format.h>

#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/parse_sections.h"
#include "orchestrator/spec/range.h"

namespace sweepformer {
namespace {

Result<std::vector<SpecValue>> ParseValues(const TomlReader& reader, const TomlEntry& entry,
                                           std::string_view name) {
  SF_ASSIGN(const toml::array* array, reader.Array(entry));
  if (array->empty())
    return reader.Error(LocationOf(*array),
                        fmt::format("axis '{}' has no values; give at least one", name));
  std::vector<SpecValue> values;
  for (const toml::node& node : *array) {
    SF_ASSIGN(SpecValue value, reader.ParameterValue(node, name));
    for (const SpecValue& other : values)
      if (other.value == value.value)
        return reader.Error(value.where, fmt::format("axis '{}' has the value {} twice", name,
                                                     FormatJson(value.value)));
    values.push_back(std::move(value));
  }
  return values;
}

/// The numbers that describe a range, as written.
struct RangeKeys {
  std::optional<double> from, to, step;
  std::optional<std::int64_t> count, rng;
  Scale scale = Scale::kLinear;
};

Result<Scale> ParseScale(const TomlReader& reader, const TomlEntry& entry) {
  SF_ASSIGN(const std::string word, reader.Text(entry));
  if (word == "linear") return Scale::kLinear;
  if (word == "log") return Scale::kLog;
  return reader.Error(LocationOf(*entry.node),
                      fmt::format("scale must be 'linear' or 'log', not '{}'{}", word,
                                  DidYouMean(word, {"linear", "log"})));
}

Result<RangeKeys> ParseRangeKeys(const TomlReader& reader, const toml::table& table) {
  constexpr double kLowest = -1e300;
  RangeKeys keys;
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (entry.name == "from") {
      SF_ASSIGN(keys.from, reader.Number(entry, kLowest));
    } else if (entry.name == "to") {
      SF_ASSIGN(keys.to, reader.Number(entry, kLowest));
    } else if (entry.name == "step") {
      SF_ASSIGN(keys.step, reader.Number(entry, kLowest));
    } else if (entry.name == "count") {
      SF_ASSIGN(keys.count, reader.Integer(entry, 1));
    } else if (entry.name == "rng") {
      SF_ASSIGN(keys.rng, reader.Integer(entry, 0));
    } else if (entry.name == "scale") {
      SF_ASSIGN(keys.scale, ParseScale(reader, entry));
    }
  }
  return keys;
}

Result<std::vector<Value>> ValuesOf(const RangeKeys& keys) {
  if (keys.from.has_value() && keys.to.has_value() && keys.step && keys.count)
    return InvalidArgument("a range has 'step' or 'count', not both; remove one");
  if (!keys.from || !keys.to || keys.step.has_value() == keys.count.has_value())
    return InvalidArgument(
        "a range needs 'from', 'to' and either 'step' or 'count', e.g. { from = 1, to = 5, step = "
        "2 }");
  if (keys.step && (keys.rng || keys.scale == Scale::kLog))
    return InvalidArgument("'scale' and 'rng' go with 'count', not with 'step'");
  if (keys.step) return SteppedRange(*keys.from, *keys.to, *keys.step);
  if (!keys.rng) return CountedRange(*keys.from, *keys.to, *keys.count, keys.scale);
  return SampledRange(*keys.from, *keys.to, *keys.count, keys.scale,
                      static_cast<std::uint64_t>(*keys.rng));
}

Result<std::vector<SpecValue>> ParseRange(const TomlReader& reader, const TomlEntry& axis,
                                          const toml::table& table) {
  SF_ASSIGN(const RangeKeys keys, ParseRangeKeys(reader, table));
  auto values = ValuesOf(keys);
  if (!values.ok())
    return reader.Error(axis.where,
                        fmt::format("axis '{}': {}", axis.name, values.status().message()));
  std::vector<SpecValue> located;
  for (Value& value : *values) located.push_back({std::move(value), LocationOf(table)});
  return located;
}

Result<GridAxis> ParseAxisTable(const TomlReader& reader, const TomlEntry& axis,
                                const toml::table& table) {
  SF_TRY(reader.CheckKeys(
      table, {"values", "when", "default", "from", "to", "step", "count", "scale", "rng"},
      fmt::format("axis '{}'", axis.name)));
  GridAxis parsed{axis.name, axis.where, {}, {}, {}};
  for (const TomlEntry& entry : InFileOrder(table)) {
    if (entry.name == "when") {
      SF_ASSIGN(parsed.when, reader.Sql(entry));
    } else if (entry.name == "default") {
      SF_ASSIGN(parsed.default_value, reader.ParameterValue(*entry.node, axis.name));
    } else if (entry.name == "values") {
      SF_ASSIGN(parsed.values, ParseValues(reader, entry, axis.name));
    }
  }
  if (parsed.default_value && !parsed.when)
    return reader.Error(parsed.default_value->where,
                        fmt::format("axis '{}' has a 'default' but no 'when', so it would never "
                                    "apply; add 'when' or remove it",
                                    axis.name));
  for (const char* key : {"from", "to", "step", "count", "scale", "rng"})
    if (table.contains("values") && table.contains(key))
      return reader.Error(axis.where,
                          fmt::format("axis '{}' has both 'values' and '{}', which belongs to a "
                                      "range; keep one of them",
                                      axis.name, key));
  if (!parsed.values.empty()) return parsed;
  if (!table.contains("from") && !table.contains("to"))
    return reader.Error(
        axis.where,
        fmt::format("axis '{}' has no values; give 'values', e.g. values = [1, 2], or a range, "
                    "e.g. from = 1, to = 5, step = 2",
                    axis.name));
  parsed.is_range = true;
  SF_ASSIGN(parsed.values, ParseRange(reader, axis, table));
  return parsed;
}

Result<GridAxis> ParseAxis(const TomlReader& reader, const TomlEntry& entry) {
  if (const auto* table = entry.node->as_table()) return ParseAxisTable(reader, entry, *table);
  if (!entry.node->is_array())
    return reader.Error(LocationOf(*entry.node),
                        fmt::format("axis '{}' needs a list of values, e.g. {} = [1, 2]; a single "
                                    "value belongs in [base]",
                                    entry.name, entry.name));
  GridAxis axis{entry.name, entry.where, {}, {}, {}};
  SF_ASSIGN(axis.values, ParseValues(reader, entry, entry.name));
  return axis;
}

Status CheckEqualLengths(const TomlReader& reader, const GridDimension& zip) {
  for (const GridAxis& column : zip.columns)
    if (column.values.size() != zip.columns.front().values.size())
      return reader.Error(
          column.where, fmt::format("zip columns must be equally long: '{}' has {} values, '{}' {}",
                                    zip.columns.front().name, zip.columns.front().values.size(),
                                    column.name, column.values.size()));
  return {};
}

/// Unlike an axis, a zip column may hold a value more than once: its neighbours tell rows apart.
Result<GridAxis> ParseZipColumn(const TomlReader& reader, const TomlEntry& entry) {
  GridAxis column{entry.name, entry.where, {}, {}, {}};
  SF_ASSIGN(const toml::array* array, reader.Array(entry));
  for (const toml::node& node : *array) {
    SF_ASSIGN(SpecValue value, reader.ParameterValue(node, entry.name));
    column.values.push_back(std::move(value));
  }
  if (column.values.empty())
    return reader.Error(entry.where, fmt::format("zip column '{}' has no values", entry.name));
  return column;
}

}  // namespace

Result<std::vector<GridDimension>> ParseAxes(const TomlReader& reader, const TomlEntry& entry) {
  SF_ASSIGN(const toml::table* table, reader.Table(entry));
  std::vector<GridDimension> dimensions;
  for (const TomlEntry& item : InFileOrder(*table)) {
    SF_ASSIGN(GridAxis axis, ParseAxis(reader, item));
    GridDimension dimension{axis.where, {}, axis.when};
    dimension.columns.push_back(std::move(axis));
    dimensions.push_back(std::move(dimension));
  }
  return dimensions;
}

Result<std::vector<GridDimension>> ParseZips(const TomlReader& reader, const TomlEntry& entry) {
  SF_ASSIGN(const auto tables, reader.Tables(entry));
  std::vector<GridDimension> zips;
  for (const toml::table* table : tables) {
    GridDimension zip{LocationOf(*table), {}, {}};
    for (const TomlEntry& item : InFileOrder(*table)) {
      if (item.name == "when") {
        SF_ASSIGN(zip.when, reader.Sql(item));
        continue;
      }
      SF_ASSIGN(GridAxis column, ParseZipColumn(reader, item));
      zip.columns.push_back(std::move(column));
    }
    if (zip.columns.empty()) return reader.Error(zip.where, "a [[zip]] needs at least one column");
    SF_TRY(CheckEqualLengths(reader, zip));
    zips.push_back(std::move(zip));
  }
  return zips;
}

}  // namespace sweepformer
