#include "orchestrator/core/description.h"

#include <algorithm>

namespace sweepformer {
namespace {

template <typename T>
const T* FindNamed(const std::vector<T>& list, std::string_view name) {
  const auto it = std::find_if(list.begin(), list.end(),
                               [&](const T& item) { return SameName(item.name, name); });
  return it == list.end() ? nullptr : &*it;
}

}  // namespace

std::string_view ParameterTypeWord(ParameterType type) {
  switch (type) {
    case ParameterType::kText: return "text";
    case ParameterType::kInteger: return "integer";
    case ParameterType::kNumber: return "number";
    case ParameterType::kBoolean: return "boolean";
  }
  return "";
}

std::string_view GoalWord(Goal goal) {
  switch (goal) {
    case Goal::kNone: return "none";
    case Goal::kMaximize: return "maximize";
    case Goal::kMinimize: return "minimize";
  }
  return "";
}

Goal ParseGoal(std::string_view word) {
  for (const Goal goal : {Goal::kMaximize, Goal::kMinimize}) {
    if (word == GoalWord(goal)) return goal;
  }
  return Goal::kNone;
}

const ParameterSpec* WorkerDescription::FindParameter(std::string_view name) const {
  return FindNamed(parameters, name);
}

const MetricSpec* WorkerDescription::FindMetric(std::string_view name) const {
  return FindNamed(metrics, name);
}

}  // namespace sweepformer
