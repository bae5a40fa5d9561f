#include "orchestrator/spec/sweep_spec.h"

#include <algorithm>

namespace sweepformer {

void Limits::Override(const Limits& other) {
  if (other.cpus) cpus = other.cpus;
  if (other.mem_bytes) mem_bytes = other.mem_bytes;
  if (other.timeout_s) timeout_s = other.timeout_s;
  for (const auto& [name, count] : other.named) named[name] = count;
}

std::vector<std::string> SweepSpec::ParameterNames() const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& given) {
    const bool known = std::any_of(names.begin(), names.end(), [&](const std::string& other) {
      return SameName(other, given);
    });
    if (!known) names.push_back(given);
  };
  for (const Setting& setting : base) add(setting.name);
  for (const GridDimension& dimension : grid)
    for (const GridAxis& axis : dimension.columns) add(axis.name);
  for (const Derived& one : derived) add(one.name);
  for (const Point& point : points)
    for (const Setting& setting : point.settings) add(setting.name);
  return names;
}

}  // namespace sweepformer
