#include "orchestrator/spec/check_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

std::string_view Expectation(ParameterType type) {
  switch (type) {
    case ParameterType::kText: return "text";
    case ParameterType::kInteger: return "a whole number";
    case ParameterType::kNumber: return "a number";
    case ParameterType::kBoolean: return "true or false";
  }
  return "";
}

bool HasType(ParameterType type, const Value& value) {
  const auto* whole = std::get_if<std::int64_t>(&value);
  switch (type) {
    case ParameterType::kText: return std::holds_alternative<std::string>(value);
    case ParameterType::kInteger: return whole != nullptr;
    case ParameterType::kNumber: return std::isfinite(AsDouble(value));
    case ParameterType::kBoolean: return whole && (*whole == 0 || *whole == 1);
  }
  return false;
}

std::string Range(const ParameterSpec& parameter) {
  if (parameter.minimum && parameter.maximum)
    return fmt::format("from {} to {}", *parameter.minimum, *parameter.maximum);
  if (parameter.minimum) return fmt::format("at least {}", *parameter.minimum);
  return fmt::format("at most {}", *parameter.maximum);
}

bool InRange(const ParameterSpec& parameter, double number) {
  return !(parameter.minimum && number < *parameter.minimum) &&
         !(parameter.maximum && number > *parameter.maximum);
}

}  // namespace

std::optional<std::string> CheckValue(const ParameterSpec& parameter, const Value& value) {
  if (IsNull(value)) return {};
  const auto* text = std::get_if<std::string>(&value);
  if (!HasType(parameter.type, value)) {
    const bool is_quoted = text && HasType(parameter.type, Canonical(ParseValue(*text)));
    const char* advice = is_quoted ? "; write it without quotes" : "";
    if (parameter.type == ParameterType::kText) advice = "; in single quotes it is text";
    return fmt::format("'{}' must be {}, not {}{}", parameter.name, Expectation(parameter.type),
                       FormatJson(value), advice);
  }
  if (!text) {
    if (InRange(parameter, AsDouble(value))) return {};
    return fmt::format("'{}' must be {}, not {}", parameter.name, Range(parameter),
                       FormatValue(value));
  }
  const auto& choices = parameter.choices;
  if (choices.empty() || std::find(choices.begin(), choices.end(), *text) != choices.end())
    return {};
  const std::string near = DidYouMean(*text, choices);
  return fmt::format("'{}' cannot be '{}'{}", parameter.name, *text,
                     near.empty() ? "; expected " + JoinWords(choices) : near);
}

std::string UnknownParameter(const WorkerDescription& worker, std::string_view name) {
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : worker.parameters) names.push_back(parameter.name);
  const std::string near = DidYouMean(name, names);
  return fmt::format("'{}' is not a parameter of {}{}", name, worker.worker,
                     near.empty() ? "; its --describe lists them" : near);
}

}  // namespace sweepformer
