#include "orchestrator/spec/layering.h"

#include <algorithm>

namespace sweepformer {
namespace {

/// A parameter as a file gives it.
struct Given {
  const std::string& name;
  const Location& where;
};

Given GivenBy(const Setting& setting) { return {setting.name, setting.where}; }
Given GivenBy(const Derived& derived) { return {derived.name, derived.where}; }
Given GivenBy(const GridDimension& dimension) {
  return {dimension.columns.front().name, dimension.columns.front().where};
}

bool IsReplaceable(const GridDimension& dimension) { return dimension.columns.size() == 1; }
template <typename T>
bool IsReplaceable(const T&) {
  return true;
}

/// Whether `later`, of another file, takes the place of `earlier`.
template <typename T>
bool IsReplaced(const T& earlier, const Given& later) {
  const Given given = GivenBy(earlier);
  return IsReplaceable(earlier) && given.where.file != later.where.file &&
         SameName(given.name, later.name);
}

template <typename T>
void Drop(const Given& later, std::vector<T>& items) {
  std::erase_if(items, [&](const T& item) { return IsReplaced(item, later); });
}

template <typename T>
void PlaceIn(T item, std::vector<T>& items) {
  const auto old = std::find_if(items.begin(), items.end(), [&](const T& other) {
    return IsReplaceable(item) && IsReplaced(other, GivenBy(item));
  });
  if (old == items.end()) {
    items.push_back(std::move(item));
  } else {
    *old = std::move(item);
  }
}

}  // namespace

void AddSetting(Setting setting, SweepSpec& spec) {
  Drop(GivenBy(setting), spec.grid);
  Drop(GivenBy(setting), spec.derived);
  PlaceIn(std::move(setting), spec.base);
}

void AddDimension(GridDimension dimension, SweepSpec& spec) {
  for (const GridAxis& column : dimension.columns) {
    Drop({column.name, column.where}, spec.base);
    Drop({column.name, column.where}, spec.derived);
    if (!IsReplaceable(dimension)) Drop({column.name, column.where}, spec.grid);
  }
  PlaceIn(std::move(dimension), spec.grid);
}

void AddDerived(Derived derived, SweepSpec& spec) {
  Drop(GivenBy(derived), spec.base);
  Drop(GivenBy(derived), spec.grid);
  PlaceIn(std::move(derived), spec.derived);
}

}  // namespace sweepformer
