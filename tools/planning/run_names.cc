#include "tools/planning/run_names.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <unordered_set>

namespace sweepformer {
namespace {

/// One run of each cell.
std::vector<const PlannedWork*> OfEachCell(const std::vector<PlannedWork>& work) {
  std::unordered_set<std::string_view> met;
  std::vector<const PlannedWork*> cells;
  for (const PlannedWork& one : work) {
    if (met.insert(one.config.cell()).second) cells.push_back(&one);
  }
  return cells;
}

/// Names with at least two values among those that have one.
std::set<std::string, NameLess> VaryingNames(const std::vector<const PlannedWork*>& cells) {
  Parameters first;
  std::set<std::string, NameLess> varying;
  for (const PlannedWork* one : cells) {
    const Parameters parameters = one->config.parameters();
    for (const auto& [name, value] : parameters) {
      if (first.emplace(name, value).first->second != value) varying.insert(name);
    }
  }
  return varying;
}

/// Names that some cells have and others do not.
std::set<std::string, NameLess> PartialNames(const std::vector<const PlannedWork*>& cells) {
  std::map<std::string, std::size_t, NameLess> owners;
  for (const PlannedWork* one : cells) {
    const Parameters parameters = one->config.parameters();
    for (const auto& [name, value] : parameters) ++owners[name];
  }
  std::set<std::string, NameLess> partial;
  for (const auto& [name, count] : owners) {
    if (count < cells.size()) partial.insert(name);
  }
  return partial;
}

}  // namespace

RunNames::RunNames(const std::vector<PlannedWork>& work) {
  const std::vector<const PlannedWork*> cells = OfEachCell(work);
  varying_ = VaryingNames(cells);
  std::unordered_set<std::string> names;
  for (const PlannedWork* one : cells) {
    if (names.insert(CellName(*one)).second) continue;
    varying_.merge(PartialNames(cells));
    return;
  }
}

std::string RunNames::CellName(const PlannedWork& work) const {
  std::string text;
  const Parameters parameters = work.config.parameters();
  for (const auto& [name, value] : parameters) {
    if (!varying_.contains(name)) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : "  ", name, FormatValue(value));
  }
  if (!work.terms->label.empty())
    text += fmt::format("{}({})", text.empty() ? "" : "  ", work.terms->label);
  return text.empty() ? "(the only cell)" : text;
}

std::string RunNames::RunName(const PlannedWork& work) const {
  const bool is_probe = work.config.kind() == RunKind::kProbe;
  const std::string seed = fmt::format("{}={}", is_probe ? "probe" : "seed", work.config.seed());
  return varying_.empty() && work.terms->label.empty() ? seed : CellName(work) + "  " + seed;
}

}  // namespace sweepformer
