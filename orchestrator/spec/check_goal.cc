#include "orchestrator/spec/check_goal.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/core/names.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

std::string UnknownMetric(const WorkerDescription& worker, const std::string& name) {
  std::vector<std::string> names;
  for (const MetricSpec& metric : worker.metrics) names.push_back(metric.name);
  if (names.empty()) {
    return fmt::format("'{}' is not a metric of {}, whose description declares none", name,
                       worker.worker);
  }
  const std::string near = DidYouMean(name, names);
  return fmt::format("'{}' is not a metric of {}{}", name, worker.worker,
                     near.empty() ? "; expected " + JoinWords(names) : near);
}

}  // namespace

Status CheckGoal(const SweepSpec& spec, const WorkerDescription* worker) {
  const std::vector<std::string> parameters = spec.ParameterNames();
  for (const auto& place : spec.goal.places) {
    const std::string& metric = place.first;
    const Location& where = place.second;
    const bool clashes =
        std::any_of(parameters.begin(), parameters.end(),
                    [&](const std::string& parameter) { return SameName(parameter, metric); });
    if (clashes || (worker && worker->FindParameter(metric)))
      return spec.source.Error(
          where,
          fmt::format("'{}' is a parameter; [goal] names metrics, which runs report", metric));
    if (IsReservedName(metric))
      return spec.source.Error(
          where, fmt::format("'{}' cannot name a metric: the store's views use it", metric));
    if (worker && !worker->FindMetric(metric))
      return spec.source.Error(where, UnknownMetric(*worker, metric));
  }
  return {};
}

}  // namespace sweepformer
