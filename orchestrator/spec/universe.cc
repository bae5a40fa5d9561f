#include "orchestrator/spec/universe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "orchestrator/core/names.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/spec/check_value.h"

namespace sweepformer {
namespace {

/// What a worker's command template calls otherwise.
const std::vector<std::string> kTemplateNames = {"run", "attempt", "dir", "threads", "parent_dir"};

std::optional<std::string> NameProblem(const std::string& name) {
  const bool identifier =
      !name.empty() && !std::isdigit(static_cast<unsigned char>(name.front())) &&
      std::all_of(name.begin(), name.end(),
                  [](unsigned char c) { return c == '_' || (c < 128 && std::isalnum(c)); });
  if (!identifier)
    return fmt::format("'{}' cannot name a parameter; use letters, digits and _", name);
  if (name == "include")
    return "'include' cannot name a parameter; to include files write it at the top of the file, "
           "before the first [section]";
  if (IsReservedName(name))
    return fmt::format("'{}' cannot name a parameter: the store's views use it{}", name,
                       SameName(name, "seed") ? "; seeds belong under [repeat]" : "");
  for (const std::string& taken : kTemplateNames)
    if (SameName(taken, name))
      return fmt::format(
          "'{}' cannot name a parameter: it stands for something else in a worker's "
          "command",
          name);
  return {};
}

/// Checks names and values against the description and spells names as it does.
class UniverseBuilder {
 public:
  UniverseBuilder(const SweepSpec& spec, const WorkerDescription* worker)
      : spec_(spec), worker_(worker) {
    if (!worker) return;
    for (const ParameterSpec& parameter : worker->parameters) {
      Column& column = universe_.columns.emplace_back();
      column.name = parameter.name;
      column.constant = Canonical(parameter.default_value);
      column.active = parameter.when;
    }
  }

  Status Set(const Setting& setting) {
    SF_TRY(CheckName(setting.name, setting.where));
    SF_TRY(CheckOne(setting.name, setting.value));
    Column& column = ColumnOf(setting.name);
    column.constant = setting.value.value;
    column.where = setting.where;
    column.derived.reset();
    return {};
  }

  Status Derive(const Derived& derived) {
    SF_TRY(CheckName(derived.name, derived.where));
    Column& column = ColumnOf(derived.name);
    column.derived = derived.expression;
    column.where = derived.where;
    return {};
  }

  Status AddDimension(GridDimension dimension) {
    for (GridAxis& axis : dimension.columns) {
      SF_TRY(CheckName(axis.name, axis.where));
      const std::string_view advice =
          axis.is_range ? "; change the range, or list its values under 'values'" : "";
      for (const SpecValue& value : axis.values) SF_TRY(CheckOne(axis.name, value, advice));
      if (axis.default_value) SF_TRY(CheckOne(axis.name, *axis.default_value));
      axis.name = Spelling(axis.name);
      std::erase_if(universe_.columns,
                    [&](const Column& c) { return SameName(c.name, axis.name); });
    }
    universe_.dimensions.push_back(std::move(dimension));
    return {};
  }

  /// Makes `name` known; without a value unless something gives it one.
  void Mention(const std::string& name) {
    const auto names = universe_.Names();
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](const std::string& one) { return SameName(one, name); });
    if (!known) universe_.columns.push_back({name, {}, {}, {}, {}});
  }

  Universe Take() { return std::move(universe_); }

 private:
  const ParameterSpec* Declared(const std::string& name) const {
    return worker_ ? worker_->FindParameter(name) : nullptr;
  }

  std::string Spelling(const std::string& name) const {
    const ParameterSpec* declared = Declared(name);
    return declared ? declared->name : name;
  }

  Status CheckName(const std::string& name, const Location& where) const {
    if (const auto problem = NameProblem(name)) return spec_.source.Error(where, *problem);
    if (worker_ && !Declared(name))
      return spec_.source.Error(where, UnknownParameter(*worker_, name));
    return {};
  }

  Status CheckOne(const std::string& name, const SpecValue& value,
                  std::string_view advice = "") const {
    const ParameterSpec* declared = Declared(name);
    const auto problem = declared ? CheckValue(*declared, value.value) : std::nullopt;
    if (!problem) return {};
    return spec_.source.Error(value.where, *problem + std::string(advice));
  }

  Column& ColumnOf(const std::string& name) {
    for (Column& column : universe_.columns)
      if (SameName(column.name, name)) return column;
    return universe_.columns.emplace_back(Column{name, {}, {}, {}, {}});
  }

  const SweepSpec& spec_;
  const WorkerDescription* worker_;
  Universe universe_;
};

Status AddBaseAndLet(const SweepSpec& spec, UniverseBuilder& builder) {
  for (const Setting& setting : spec.base) SF_TRY(builder.Set(setting));
  for (const Derived& derived : spec.derived) SF_TRY(builder.Derive(derived));
  return {};
}

}  // namespace

std::vector<std::string> Universe::Names() const {
  std::vector<std::string> names;
  for (const Column& column : columns) names.push_back(column.name);
  for (const GridDimension& dimension : dimensions)
    for (const GridAxis& axis : dimension.columns) names.push_back(axis.name);
  return names;
}

const Value* Universe::FindFixed(std::string_view name) const {
  for (const Column& column : columns)
    if (SameName(column.name, name))
      return column.derived || !column.active.empty() ? nullptr : &column.constant;
  return nullptr;
}

Location Universe::Find(std::string_view name) const {
  for (const Column& column : columns)
    if (SameName(column.name, name)) return column.where;
  for (const GridDimension& dimension : dimensions)
    for (const GridAxis& axis : dimension.columns)
      if (SameName(axis.name, name)) return axis.where;
  return {};
}

Result<Universe> MakeUniverse(const SweepSpec& spec, const WorkerDescription* worker) {
  UniverseBuilder builder(spec, worker);
  SF_TRY(AddBaseAndLet(spec, builder));
  for (const GridDimension& dimension : spec.grid) SF_TRY(builder.AddDimension(dimension));
  for (const Point& point : spec.points)
    for (const Setting& setting : point.settings) builder.Mention(setting.name);
  return builder.Take();
}

Result<Universe> MakeUniverse(const SweepSpec& spec, const WorkerDescription* worker,
                              const Point& point) {
  const bool is_empty = point.settings.empty() && spec.base.empty() && spec.derived.empty();
  if (!worker && is_empty)
    return spec.source.Error(point.where,
                             "a [[point]] needs at least one parameter, of its own or from [base]");
  UniverseBuilder builder(spec, worker);
  SF_TRY(AddBaseAndLet(spec, builder));
  for (const Setting& setting : point.settings) SF_TRY(builder.Set(setting));
  for (const GridDimension& dimension : spec.grid)
    for (const GridAxis& axis : dimension.columns) builder.Mention(axis.name);
  for (const Point& other : spec.points)
    for (const Setting& setting : other.settings) builder.Mention(setting.name);
  return builder.Take();
}

}  // namespace sweepformer
