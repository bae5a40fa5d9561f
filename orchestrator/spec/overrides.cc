#include "orchestrator/spec/overrides.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

struct Pair {
  std::string name;
  std::string text;
};

constexpr const char* kBlanks = " \t\r\n";

std::string Trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(kBlanks), text.size());
  return std::string(text.substr(first, text.find_last_not_of(kBlanks) + 1 - first));
}

Result<Pair> SplitPair(std::string_view flag, const std::string& typed, std::string_view example) {
  const std::size_t equals = std::min(typed.find('='), typed.size());
  Pair pair{Trimmed(typed.substr(0, equals)), ""};
  if (pair.name.empty() || equals == typed.size())
    return InvalidArgument(fmt::format("{} '{}': expected {}", flag, typed, example));
  pair.text = Trimmed(typed.substr(equals + 1));
  if (!pair.text.empty()) return pair;
  return InvalidArgument(
      fmt::format("{} {}: there is no value; expected {}", flag, pair.name, example));
}

/// A finite number where it reads as one, true or false, else text; in single quotes it is text.
Value TypedValue(const std::string& text) {
  const Value value = Canonical(ParseQuotable(text));
  const auto* real = std::get_if<double>(&value);
  return real && !std::isfinite(*real) ? Value(text) : value;
}

/// Where the value that begins at `begin` ends: at a comma, but at none within single quotes.
std::size_t EndOfValue(std::string_view text, std::size_t begin) {
  const std::size_t first = text.find_first_not_of(kBlanks, begin);
  if (first != std::string_view::npos && text[first] == '\'') {
    for (std::size_t quote = text.find('\'', first + 1); quote != std::string_view::npos;
         quote = text.find('\'', quote + 1)) {
      const std::size_t next = std::min(text.find_first_not_of(kBlanks, quote + 1), text.size());
      if (next == text.size() || text[next] == ',') return next;
    }
  }
  return std::min(text.find(',', begin), text.size());
}

Result<std::vector<SpecValue>> SplitValues(const Pair& axis) {
  const std::string& text = axis.text;
  std::vector<SpecValue> values;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = EndOfValue(text, begin);
    const std::string item = Trimmed(text.substr(begin, comma - begin));
    if (item.empty())
      return InvalidArgument(
          fmt::format("--axis {}: a value is empty in '{}'; remove a comma", axis.name, text));
    Value value = TypedValue(item);
    for (const SpecValue& other : values)
      if (other.value == value)
        return InvalidArgument(
            fmt::format("--axis {}: the value {} is given twice", axis.name, FormatJson(value)));
    values.push_back({std::move(value), {}});
    begin = comma + 1;
  }
  return values;
}

/// The flag that gave each parameter.
using FlagByName = std::map<std::string, std::string_view, NameLess>;

Status RefuseSecond(std::string_view flag, const Pair& pair, FlagByName& given) {
  const auto [first, is_new] = given.emplace(pair.name, flag);
  if (is_new) return {};
  return InvalidArgument(
      first->second == flag
          ? fmt::format("{} {}: '{}' is given twice; keep one of them", flag, pair.name, pair.name)
          : fmt::format("{} {}: '{}' is already given by {}; keep one of them", flag, pair.name,
                        pair.name, first->second));
}

GridAxis* FindAxis(SweepSpec& spec, const std::string& name, GridDimension** dimension) {
  for (GridDimension& candidate : spec.grid)
    for (GridAxis& column : candidate.columns)
      if (SameName(column.name, name)) {
        *dimension = &candidate;
        return &column;
      }
  return nullptr;
}

/// Nothing would read a parameter that a foreign worker's spec does not have.
Status RefuseUnknown(std::string_view flag, const Pair& pair, const SweepSpec& spec) {
  if (!spec.worker.foreign()) return {};
  const std::vector<std::string> names = spec.ParameterNames();
  if (std::any_of(names.begin(), names.end(),
                  [&](const std::string& name) { return SameName(name, pair.name); }))
    return {};
  const std::string near = DidYouMean(pair.name, names);
  return InvalidArgument(
      fmt::format("{} {}: the spec has no parameter '{}'{}", flag, pair.name, pair.name,
                  near.empty() ? "; add it under [base] and to the worker's command" : near));
}

void ReplaceInPoints(const std::string& name, const SpecValue& value, SweepSpec& spec) {
  for (Point& point : spec.points)
    for (Setting& setting : point.settings)
      if (SameName(setting.name, name)) setting.value = value;
}

/// Replaces the values of `name`, wherever the spec gives them, or adds the parameter.
Status Replace(std::string_view flag, const Pair& pair, std::vector<SpecValue> values,
               SweepSpec& spec) {
  const auto same = [&](const auto& item) { return SameName(item.name, pair.name); };
  if (std::any_of(spec.derived.begin(), spec.derived.end(), same))
    return InvalidArgument(fmt::format("{} {}: '{}' is computed by [let]; change the spec instead",
                                       flag, pair.name, pair.name));
  SF_TRY(RefuseUnknown(flag, pair, spec));
  if (values.size() == 1) ReplaceInPoints(pair.name, values.front(), spec);
  GridDimension* dimension = nullptr;
  if (GridAxis* axis = FindAxis(spec, pair.name, &dimension)) {
    if (dimension->columns.size() > 1)
      return InvalidArgument(
          fmt::format("{} {}: '{}' advances together with other columns of a "
                      "[[zip]]; change the spec instead",
                      flag, pair.name, pair.name));
    axis->values = std::move(values);
    axis->is_range = false;
    return {};
  }
  const auto setting = std::find_if(spec.base.begin(), spec.base.end(), same);
  const bool single = values.size() == 1;
  if (single && setting != spec.base.end()) {
    setting->value = values.front();
  } else if (single) {
    Setting& added = spec.base.emplace_back();
    added.name = pair.name;
    added.value = values.front();
  } else {
    // What [base] says stays for the points, which no axis applies to, as does what they say.
    GridAxis& axis = spec.grid.emplace_back().columns.emplace_back();
    axis.name = pair.name;
    axis.values = std::move(values);
  }
  return {};
}

Status TakeSeeds(std::int64_t count, SweepSpec& spec) {
  const auto given = static_cast<std::int64_t>(spec.seeds.size());
  if (count < 1 || count > given)
    return InvalidArgument(
        given == 1
            ? fmt::format("--seeds {}: the spec has one seed; list more under [repeat]", count)
            : fmt::format("--seeds {}: the spec has {} seeds; give 1 to {}, or list more under "
                          "[repeat]",
                          count, given, given));
  spec.seeds.resize(static_cast<std::size_t>(count));
  return {};
}

}  // namespace

Status ApplyOverrides(const Overrides& overrides, SweepSpec& spec) {
  if (overrides.only && Trimmed(*overrides.only).empty())
    return InvalidArgument(
        "--only is empty; write an SQL expression over the parameters, e.g. \"attention = "
        "'linformer'\", or leave it out");
  FlagByName given;
  for (const std::string& typed : overrides.set) {
    SF_ASSIGN(const Pair pair, SplitPair("--set", typed, "name=value"));
    SF_TRY(RefuseSecond("--set", pair, given));
    SF_TRY(Replace("--set", pair, {{TypedValue(pair.text), {}}}, spec));
  }
  for (const std::string& typed : overrides.axis) {
    SF_ASSIGN(const Pair pair, SplitPair("--axis", typed, "name=value,value"));
    SF_TRY(RefuseSecond("--axis", pair, given));
    SF_ASSIGN(auto values, SplitValues(pair));
    SF_TRY(Replace("--axis", pair, std::move(values), spec));
  }
  return overrides.seeds ? TakeSeeds(*overrides.seeds, spec) : Status();
}

}  // namespace sweepformer
