#include "tools/planning/init_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/planning/run_names.h"

namespace sweepformer {
namespace {

constexpr const char* kInit = "init";

/// Where the spec sets `init` to `value`; the command line if it does so nowhere.
Location PlaceOf(const SweepSpec& spec, const Value& value) {
  const auto is_it = [&](const std::string& name, const SpecValue& one) {
    return SameName(name, kInit) && one.value == value;
  };
  for (const Setting& setting : spec.base) {
    if (is_it(setting.name, setting.value)) return setting.where;
  }
  for (const GridDimension& dimension : spec.grid) {
    for (const GridAxis& axis : dimension.columns) {
      for (const SpecValue& one : axis.values) {
        if (is_it(axis.name, one)) return one.where;
      }
    }
  }
  for (const Point& point : spec.points) {
    for (const Setting& setting : point.settings) {
      if (is_it(setting.name, setting.value)) return setting.where;
    }
  }
  for (const Derived& derived : spec.derived) {
    if (SameName(derived.name, kInit)) return derived.expression.where;
  }
  return {};
}

/// Most specs leave it out, as the worker does then; their runs need no look.
bool MentionsInit(const SweepSpec& spec) {
  const std::vector<std::string> names = spec.ParameterNames();
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return SameName(name, kInit); });
}

std::string Problem(bool from_parent, const std::string& run) {
  return from_parent ? fmt::format(
                           "init = 'parent', but no [[init_from]] names the run that the run {} "
                           "starts from; add one whose 'when' matches",
                           run)
                     : fmt::format(
                           "init = 'random', but an [[init_from]] matches the run {}; narrow its "
                           "'when', e.g. with: init = 'parent'",
                           run);
}

}  // namespace

Status CheckInit(const SweepPlan& plan) {
  const auto* described = plan.worker.described();
  if (!described || described->worker != "sweepformer-worker") return {};
  if (!MentionsInit(plan.spec)) return {};
  for (std::size_t run = 0; run < plan.work.size() - plan.probes; ++run) {
    const RunConfig& config = plan.work[run].config;
    const Parameters parameters = config.parameters();
    const auto init = parameters.find(kInit);
    if (init == parameters.end()) continue;
    const bool from_parent = FormatValue(init->second) == "parent";
    if (from_parent == !config.parent().empty()) continue;
    return plan.spec.source.Error(
        PlaceOf(plan.spec, init->second),
        Problem(from_parent, RunNames(plan.work).RunName(plan.work[run])));
  }
  return {};
}

}  // namespace sweepformer
