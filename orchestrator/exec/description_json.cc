#include "orchestrator/exec/description_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>

#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"
#include "orchestrator/exec/json_values.h"
#include "orchestrator/exec/protocol.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kTypes = {ParameterType::kText, ParameterType::kInteger,
                               ParameterType::kNumber, ParameterType::kBoolean};

/// Leaves out what is empty: a description is read by people too.
void Put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

Json ParameterJson(const ParameterSpec& parameter) {
  Json json = {{"name", parameter.name}, {"type", ParameterTypeWord(parameter.type)}};
  if (!IsNull(parameter.default_value)) json["default"] = Json(ToJson(parameter.default_value));
  if (!parameter.choices.empty()) json["choices"] = parameter.choices;
  if (parameter.minimum) json["minimum"] = *parameter.minimum;
  if (parameter.maximum) json["maximum"] = *parameter.maximum;
  Put(json, "unit", parameter.unit);
  Put(json, "when", parameter.when);
  Put(json, "doc", parameter.doc);
  return json;
}

Json MetricJson(const MetricSpec& metric) {
  Json json = {{"name", metric.name}};
  Put(json, "unit", metric.unit);
  if (metric.goal != Goal::kNone) json["goal"] = GoalWord(metric.goal);
  json["reproducible"] = metric.reproducible;
  Put(json, "when", metric.when);
  Put(json, "doc", metric.doc);
  return json;
}

ParameterType TypeFrom(const std::string& word) {
  for (const ParameterType type : kTypes) {
    if (ParameterTypeWord(type) == word) return type;
  }
  return ParameterType::kText;
}

ParameterSpec ParameterFrom(const Json& json) {
  ParameterSpec parameter;
  parameter.name = json.at("name").get<std::string>();
  parameter.type = TypeFrom(json.value("type", "text"));
  if (json.contains("default")) parameter.default_value = FromJson(json.at("default"));
  parameter.choices = json.value("choices", std::vector<std::string>{});
  if (json.contains("minimum")) parameter.minimum = json.at("minimum").get<double>();
  if (json.contains("maximum")) parameter.maximum = json.at("maximum").get<double>();
  parameter.unit = json.value("unit", "");
  parameter.when = json.value("when", "");
  parameter.doc = json.value("doc", "");
  return parameter;
}

MetricSpec MetricFrom(const Json& json) {
  MetricSpec metric;
  metric.name = json.at("name").get<std::string>();
  metric.unit = json.value("unit", "");
  metric.goal = ParseGoal(json.value("goal", "none"));
  metric.reproducible = json.value("reproducible", false);
  metric.when = json.value("when", "");
  metric.doc = json.value("doc", "");
  return metric;
}

WorkerDescription DescriptionFrom(const Json& json) {
  WorkerDescription description;
  description.worker = json.at("worker").get<std::string>();
  description.version = json.at("version").get<std::string>();
  description.build_id = json.value("build", "");
  for (const Json& one : json.at("parameters")) {
    description.parameters.push_back(ParameterFrom(one));
  }
  for (const Json& one : json.value("checks", Json::array())) {
    description.checks.push_back({one.at("require"), one.at("why")});
  }
  for (const Json& one : json.value("metrics", Json::array())) {
    description.metrics.push_back(MetricFrom(one));
  }
  description.cost = json.value("cost", "");
  description.memory = json.value("memory", "");
  description.serves = json.value("serves", false);
  return description;
}

/// What `key` of a parameter or metric says must be one of `words`; it may say nothing.
Status CheckWord(std::string_view kind, const Json& one, const char* key,
                 const std::vector<std::string>& words) {
  if (!one.contains(key)) return {};
  const auto word = one.at(key).get<std::string>();
  if (std::find(words.begin(), words.end(), word) != words.end()) return {};
  return InvalidArgument(
      fmt::format("the worker's description: the {} of the {} '{}' is '{}'; "
                  "expected {}",
                  key, kind, one.at("name").get<std::string>(), word, JoinWords(words)));
}

Status CheckWords(const Json& json) {
  std::vector<std::string> types, goals;
  for (const ParameterType type : kTypes) types.emplace_back(ParameterTypeWord(type));
  for (const Goal goal : {Goal::kNone, Goal::kMaximize, Goal::kMinimize}) {
    goals.emplace_back(GoalWord(goal));
  }
  for (const Json& one : json.at("parameters")) {
    SF_TRY(CheckWord("parameter", one, "type", types));
  }
  for (const Json& one : json.value("metrics", Json::array())) {
    SF_TRY(CheckWord("metric", one, "goal", goals));
  }
  return {};
}

/// Names are the same whatever their case.
template <typename T>
Status RefuseSameNames(std::string_view kind, const std::vector<T>& list) {
  std::set<std::string, NameLess> met;
  for (const T& one : list) {
    const auto [first, is_new] = met.insert(one.name);
    if (is_new) continue;
    return InvalidArgument(fmt::format(
        "the worker's description: it declares the {0}s '{1}' and '{2}', which are one name; "
        "expected names that differ in more than case",
        kind, *first, one.name));
  }
  return {};
}

/// A store has one column by each name.
Status CheckNames(const WorkerDescription& description) {
  SF_TRY(RefuseSameNames("parameter", description.parameters));
  SF_TRY(RefuseSameNames("metric", description.metrics));
  for (const MetricSpec& metric : description.metrics) {
    if (!description.FindParameter(metric.name)) continue;
    return InvalidArgument(
        fmt::format("the worker declares '{}' as a parameter and as a metric; rename one of them",
                    metric.name));
  }
  return {};
}

}  // namespace

std::string FormatDescription(const WorkerDescription& description) {
  Json json = {{"protocol", kProtocolVersion},   {"worker", description.worker},
               {"version", description.version}, {"build", description.build_id},
               {"parameters", Json::array()},    {"checks", Json::array()},
               {"metrics", Json::array()}};
  for (const auto& one : description.parameters) json["parameters"].push_back(ParameterJson(one));
  for (const auto& one : description.checks) {
    json["checks"].push_back({{"require", one.require}, {"why", one.why}});
  }
  for (const auto& one : description.metrics) json["metrics"].push_back(MetricJson(one));
  Put(json, "cost", description.cost);
  Put(json, "memory", description.memory);
  if (description.serves) json["serves"] = true;
  return json.dump(2) + "\n";
}

Result<WorkerDescription> ParseDescription(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (json.value("protocol", 0) != kProtocolVersion) {
      return InvalidArgument("a description of another protocol version; rebuild the worker");
    }
    SF_TRY(CheckWords(json));
    WorkerDescription description = DescriptionFrom(json);
    SF_TRY(CheckNames(description));
    return description;
  } catch (const nlohmann::json::parse_error&) {
    constexpr std::size_t kShown = 60;
    return InvalidArgument(fmt::format("not a worker description, which is JSON: it begins '{}'",
                                       PrintableLine(text.substr(0, kShown))));
  } catch (const nlohmann::json::exception& error) {
    return InvalidArgument(std::string("not a worker description: ") + error.what());
  }
}

}  // namespace sweepformer
