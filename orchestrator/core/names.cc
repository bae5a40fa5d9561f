#include "orchestrator/core/names.h"

#include <algorithm>

#include "orchestrator/core/value.h"

namespace sweepformer {

const std::vector<std::string>& ReservedNames() {
  static const std::vector<std::string> names = {"sweep", "id",      "cell",   "seed", "state",
                                                 "label", "in_plan", "reused", "runs", "rowid"};
  return names;
}

bool IsReservedName(std::string_view name) {
  const auto& names = ReservedNames();
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& reserved) { return SameName(reserved, name); });
}

bool IsProbeMetric(std::string_view name) {
  constexpr std::string_view kPrefix = "probe_";
  return name.size() > kPrefix.size() && SameName(name.substr(0, kPrefix.size()), kPrefix);
}

}  // namespace sweepformer
