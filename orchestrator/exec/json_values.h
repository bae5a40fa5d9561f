#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "orchestrator/core/value.h"

namespace sweepformer {

/// Numbers, text and null as they are; NaN and infinities as text, as JSON has none; true and false
/// read as 1 and 0, lists and objects as their JSON text.
nlohmann::json ToJson(const Value& value);
Value FromJson(const nlohmann::json& json);

nlohmann::json ToJson(const Parameters& parameters);

/// The members of an object; anything else gives none.
Parameters ParametersFromJson(const nlohmann::json& json);

/// A number, also as one of the words NaN, Infinity, inf and their negatives, or a boolean as 1 or
/// 0; nothing for anything else.
std::optional<double> NumberFromJson(const nlohmann::json& json);

}  // namespace sweepformer
