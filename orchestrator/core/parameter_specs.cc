#include "orchestrator/core/parameter_specs.h"

#include <utility>

namespace sweepformer {

ParameterSpec NumberSpec(std::string name, Value default_value, double minimum,
                         std::optional<double> maximum, std::string doc) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.type = ParameterType::kNumber;
  spec.default_value = Canonical(std::move(default_value));
  spec.minimum = minimum;
  spec.maximum = maximum;
  spec.doc = std::move(doc);
  return spec;
}

ParameterSpec IntegerSpec(std::string name, Value default_value, double minimum, std::string unit,
                          std::string doc) {
  ParameterSpec spec =
      NumberSpec(std::move(name), std::move(default_value), minimum, std::nullopt, std::move(doc));
  spec.type = ParameterType::kInteger;
  spec.unit = std::move(unit);
  return spec;
}

ParameterSpec TextSpec(std::string name, Value default_value, std::vector<std::string> choices,
                       std::string doc) {
  ParameterSpec spec;
  spec.name = std::move(name);
  spec.default_value = std::move(default_value);
  spec.choices = std::move(choices);
  spec.doc = std::move(doc);
  return spec;
}

ParameterSpec ChoiceSpec(std::string name, std::vector<std::string> choices, std::string doc) {
  const std::string first = choices.front();
  return TextSpec(std::move(name), first, std::move(choices), std::move(doc));
}

ParameterSpec OptionalChoiceSpec(std::string name, std::vector<std::string> choices,
                                 std::string doc) {
  return TextSpec(std::move(name), Value(), std::move(choices), std::move(doc));
}

ParameterSpec FlagSpec(std::string name, std::string doc) {
  ParameterSpec spec = NumberSpec(std::move(name), Value(), 0, 1, std::move(doc));
  spec.type = ParameterType::kBoolean;
  return spec;
}

std::vector<ParameterSpec> When(const std::string& when, std::vector<ParameterSpec> specs) {
  for (ParameterSpec& spec : specs) spec.when = when;
  return specs;
}

}  // namespace sweepformer
