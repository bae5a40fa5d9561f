#include "orchestrator/exec/json_values.h"

#include <cmath>
#include <limits>
#include <optional>

namespace sweepformer {

using nlohmann::json;

json ToJson(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const auto* real = std::get_if<double>(&value);
  if (!real) return nullptr;
  return std::isfinite(*real) ? json(*real) : json(FormatNumber(*real));
}

Value FromJson(const json& json) {
  switch (json.type()) {
    case json::value_t::null: return {};
    case json::value_t::boolean: return std::int64_t{json.get<bool>()};
    case json::value_t::number_integer: return json.get<std::int64_t>();
    case json::value_t::number_unsigned:
    case json::value_t::number_float: return Canonical(json.get<double>());
    case json::value_t::string: return json.get<std::string>();
    default: return json.dump();
  }
}

json ToJson(const Parameters& parameters) {
  json object = json::object();
  for (const auto& [name, value] : parameters) object[name] = ToJson(value);
  return object;
}

Parameters ParametersFromJson(const json& json) {
  Parameters parameters;
  if (!json.is_object()) return parameters;
  for (const auto& [name, value] : json.items()) parameters[name] = FromJson(value);
  return parameters;
}

std::optional<double> NumberFromJson(const json& json) {
  if (json.is_boolean()) return json.get<bool>() ? 1.0 : 0.0;
  if (json.is_number()) return json.get<double>();
  if (!json.is_string()) return std::nullopt;
  const auto& word = json.get_ref<const std::string&>();
  if (SameName(word, "nan")) return std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  if (SameName(word, "infinity") || SameName(word, "inf")) return infinity;
  if (SameName(word, "-infinity") || SameName(word, "-inf")) return -infinity;
  return std::nullopt;
}

}  // namespace sweepformer
