#include "tools/planning/run_names.h"

#include <fmt/format.h>

#include <map>

namespace sweepformer {
namespace {

/// Names with at least two values among those that have one.
std::set<std::string, NameLess> VaryingNames(const std::vector<PlannedWork>& work) {
  Parameters first;
  std::set<std::string, NameLess> varying;
  for (const PlannedWork& one : work) {
    for (const auto& [name, value] : one.config.parameters()) {
      if (first.emplace(name, value).first->second != value) varying.insert(name);
    }
  }
  return varying;
}

/// Names that some runs have and others do not.
std::set<std::string, NameLess> PartialNames(const std::vector<PlannedWork>& work) {
  std::map<std::string, std::size_t, NameLess> owners;
  for (const PlannedWork& one : work) {
    for (const auto& [name, value] : one.config.parameters()) ++owners[name];
  }
  std::set<std::string, NameLess> partial;
  for (const auto& [name, count] : owners) {
    if (count < work.size()) partial.insert(name);
  }
  return partial;
}

}  // namespace

RunNames::RunNames(const std::vector<PlannedWork>& work) : varying_(VaryingNames(work)) {
  std::map<std::string, std::string> cell_of;
  for (const PlannedWork& one : work) {
    const auto [it, is_new] = cell_of.emplace(CellName(one), one.config.cell());
    if (it->second == one.config.cell()) continue;
    varying_.merge(PartialNames(work));
    return;
  }
}

std::string RunNames::CellName(const PlannedWork& work) const {
  std::string text;
  for (const auto& [name, value] : work.config.parameters()) {
    if (!varying_.contains(name)) continue;
    text += fmt::format("{}{}={}", text.empty() ? "" : "  ", name, FormatValue(value));
  }
  if (!work.label.empty()) text += fmt::format("{}({})", text.empty() ? "" : "  ", work.label);
  return text.empty() ? "(the only cell)" : text;
}

std::string RunNames::RunName(const PlannedWork& work) const {
  const std::string seed = fmt::format("seed={}", work.config.seed());
  return varying_.empty() && work.label.empty() ? seed : CellName(work) + "  " + seed;
}

}  // namespace sweepformer
