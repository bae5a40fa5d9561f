#include "orchestrator/exec/json_values.h"

#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace sweepformer {

using nlohmann::json;

json ToJson(const Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return *whole;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const auto* real = std::get_if<double>(&value);
  if (!real) return nullptr;
  return std::isfinite(*real) ? json(*real) : json(FormatNumber(*real));
}

Value FromJson(const json& node) {
  switch (node.type()) {
    case json::value_t::null: return {};
    case json::value_t::boolean: return std::int64_t{node.get<bool>()};
    case json::value_t::number_integer: return node.get<std::int64_t>();
    case json::value_t::number_unsigned:
      if (std::in_range<std::int64_t>(node.get<std::uint64_t>())) return node.get<std::int64_t>();
      [[fallthrough]];
    case json::value_t::number_float: return Canonical(node.get<double>());
    case json::value_t::string: return node.get<std::string>();
    default: return node.dump();
  }
}

json ToJson(const Parameters& parameters) {
  json object = json::object();
  for (const auto& [name, value] : parameters) object[name] = ToJson(value);
  return object;
}

Parameters ParametersFromJson(const json& object) {
  Parameters parameters;
  if (!object.is_object()) return parameters;
  for (const auto& [name, value] : object.items()) parameters[name] = FromJson(value);
  return parameters;
}

std::optional<double> NumberFromJson(const json& node) {
  if (node.is_boolean()) return node.get<bool>() ? 1.0 : 0.0;
  if (node.is_number()) return node.get<double>();
  if (!node.is_string()) return std::nullopt;
  const auto& word = node.get_ref<const std::string&>();
  if (SameName(word, "nan")) return std::nan("");
  const double infinity = std::numeric_limits<double>::infinity();
  if (SameName(word, "infinity") || SameName(word, "inf")) return infinity;
  if (SameName(word, "-infinity") || SameName(word, "-inf")) return -infinity;
  return std::nullopt;
}

}  // namespace sweepformer
