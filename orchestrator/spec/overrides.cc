#include "orchestrator/spec/overrides.h"

#include <fmt/format.h>

#include <algorithm>

namespace sweepformer {
namespace {

struct Pair {
  std::string name;
  std::string text;
};

Result<Pair> SplitPair(std::string_view flag, const std::string& typed, std::string_view example) {
  const std::size_t equals = typed.find('=');
  if (equals == std::string::npos || equals == 0)
    return InvalidArgument(fmt::format("{} '{}': expected {}", flag, typed, example));
  return Pair{typed.substr(0, equals), typed.substr(equals + 1)};
}

std::vector<SpecValue> SplitValues(const std::string& text) {
  std::vector<SpecValue> values;
  std::size_t begin = 0;
  for (;;) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    values.push_back({Canonical(ParseValue(text.substr(begin, comma - begin))), {}});
    if (comma == text.size()) return values;
    begin = comma + 1;
  }
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

/// Replaces the values of `name`, wherever the spec gives them, or adds the parameter.
Status Replace(std::string_view flag, const Pair& pair, std::vector<SpecValue> values,
               SweepSpec& spec) {
  const auto same = [&](const auto& item) { return SameName(item.name, pair.name); };
  if (std::any_of(spec.derived.begin(), spec.derived.end(), same))
    return InvalidArgument(fmt::format("{} {}: '{}' is computed by [let]; change the spec instead",
                                       flag, pair.name, pair.name));
  GridDimension* dimension = nullptr;
  if (GridAxis* axis = FindAxis(spec, pair.name, &dimension)) {
    if (dimension->columns.size() > 1)
      return InvalidArgument(
          fmt::format("{} {}: '{}' advances together with other columns of a "
                      "[[zip]]; change the spec instead",
                      flag, pair.name, pair.name));
    axis->values = std::move(values);
    return {};
  }
  const auto setting = std::find_if(spec.base.begin(), spec.base.end(), same);
  const bool single = values.size() == 1;
  if (single && setting != spec.base.end()) {
    setting->value = values.front();
  } else if (single) {
    spec.base.push_back({pair.name, {}, values.front()});
  } else {
    if (setting != spec.base.end()) spec.base.erase(setting);
    spec.grid.push_back({{}, {GridAxis{pair.name, {}, std::move(values), {}, {}}}, {}});
  }
  return {};
}

Status TakeSeeds(std::int64_t count, SweepSpec& spec) {
  const auto given = static_cast<std::int64_t>(spec.seeds.size());
  if (count < 1 || count > given)
    return InvalidArgument(
        fmt::format("--seeds {}: the spec has {} seed{}; give 1 to {}, or add "
                    "seeds under [repeat]",
                    count, given, given == 1 ? "" : "s", given));
  spec.seeds.resize(static_cast<std::size_t>(count));
  return {};
}

}  // namespace

Status ApplyOverrides(const Overrides& overrides, SweepSpec& spec) {
  for (const std::string& typed : overrides.set) {
    SF_ASSIGN(const Pair pair, SplitPair("--set", typed, "name=value"));
    SF_TRY(Replace("--set", pair, {{Canonical(ParseValue(pair.text)), {}}}, spec));
  }
  for (const std::string& typed : overrides.axis) {
    SF_ASSIGN(const Pair pair, SplitPair("--axis", typed, "name=value,value"));
    SF_TRY(Replace("--axis", pair, SplitValues(pair.text), spec));
  }
  return overrides.seeds ? TakeSeeds(*overrides.seeds, spec) : Status();
}

}  // namespace sweepformer
