#include "tools/planning/run_names.h"

#include <fmt/format.h>

namespace sweepformer {
namespace {

/// Absent is a value.
Value ValueOf(const PlannedWork& work, const std::string& name) {
  const auto it = work.config.parameters().find(name);
  return it == work.config.parameters().end() ? Value() : it->second;
}

}  // namespace

RunNames::RunNames(const std::vector<PlannedWork>& work) {
  for (const PlannedWork& one : work) {
    for (const auto& [name, value] : one.config.parameters()) {
      if (ValueOf(work.front(), name) != value) varying_.insert(name);
    }
    for (const auto& [name, value] : work.front().config.parameters()) {
      if (ValueOf(one, name) != value) varying_.insert(name);
    }
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
