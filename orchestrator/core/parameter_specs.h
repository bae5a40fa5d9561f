#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"

namespace sweepformer {

// The rows of a description's parameter table. A default of Value() means none.

ParameterSpec IntegerSpec(std::string name, Value default_value, double minimum, std::string unit,
                          std::string doc);
ParameterSpec NumberSpec(std::string name, Value default_value, double minimum,
                         std::optional<double> maximum, std::string doc);

/// Text among `choices`; any where there are none.
ParameterSpec TextSpec(std::string name, Value default_value, std::vector<std::string> choices,
                       std::string doc);

/// Text among `choices`, of which the first is the default.
ParameterSpec ChoiceSpec(std::string name, std::vector<std::string> choices, std::string doc);

/// The same, and without a default: not given, it is the first and no part of a run's id.
ParameterSpec OptionalChoiceSpec(std::string name, std::vector<std::string> choices,
                                 std::string doc);

/// True or false; not given, it is off and no part of a run's id.
ParameterSpec FlagSpec(std::string name, std::string doc);

/// `specs` that exist only where `when`, SQL over the parameters, holds.
std::vector<ParameterSpec> When(const std::string& when, std::vector<ParameterSpec> specs);

/// Adds `some` rows of a description to `all`.
template <typename T>
void Append(const std::vector<T>& some, std::vector<T>& all) {
  all.insert(all.end(), some.begin(), some.end());
}

}  // namespace sweepformer
