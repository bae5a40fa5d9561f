#include "model/parameter_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "orchestrator/core/suggest.h"

namespace sweepformer::model {
namespace {

/// "a whole number of at least 1", "a number from 0 to 1".
std::string ExpectedNumber(const ParameterSpec& spec) {
  std::string text = spec.type == ParameterType::kInteger ? "a whole number" : "a number";
  if (spec.minimum && spec.maximum) {
    return text + fmt::format(" from {} to {}", *spec.minimum, *spec.maximum);
  }
  if (spec.minimum) text += fmt::format(" of at least {}", *spec.minimum);
  if (spec.maximum) text += fmt::format(" of at most {}", *spec.maximum);
  return text;
}

bool InRange(const ParameterSpec& spec, double number) {
  if (std::isnan(number) || number < spec.minimum.value_or(number)) return false;
  if (number > spec.maximum.value_or(number)) return false;
  return spec.type != ParameterType::kInteger || number == std::floor(number);
}

}  // namespace

ParameterReader::ParameterReader(const Parameters& parameters,
                                 const std::vector<ParameterSpec>& specs)
    : parameters_(parameters), specs_(specs) {}

const ParameterSpec& ParameterReader::Spec(std::string_view name) const {
  const auto spec = std::find_if(specs_.begin(), specs_.end(),
                                 [&](const ParameterSpec& s) { return SameName(s.name, name); });
  assert(spec != specs_.end());
  return *spec;
}

Value ParameterReader::Find(const ParameterSpec& spec) const {
  const auto given = parameters_.find(spec.name);
  if (given == parameters_.end() || IsNull(given->second)) return spec.default_value;
  return Canonical(given->second);
}

void ParameterReader::Refuse(const ParameterSpec& spec, const Value& value,
                             std::string_view expected) {
  if (!status_.ok()) return;
  const std::string given = IsNull(value) ? "missing" : FormatJson(value);
  status_ = InvalidArgument(fmt::format("parameter '{}' is {}: expected {}{}", spec.name, given,
                                        expected, DidYouMean(FormatValue(value), spec.choices)));
}

double ParameterReader::CheckedNumber(const ParameterSpec& spec, const Value& value) {
  const double number = AsDouble(value);
  if (InRange(spec, number)) return number;
  Refuse(spec, value, ExpectedNumber(spec));
  return 0.0;
}

double ParameterReader::Number(std::string_view name) {
  const ParameterSpec& spec = Spec(name);
  return CheckedNumber(spec, Find(spec));
}

std::int64_t ParameterReader::Integer(std::string_view name) {
  return static_cast<std::int64_t>(Number(name));
}

std::optional<double> ParameterReader::OptionalNumber(std::string_view name) {
  const ParameterSpec& spec = Spec(name);
  const Value value = Find(spec);
  if (IsNull(value)) return std::nullopt;
  return CheckedNumber(spec, value);
}

std::optional<std::int64_t> ParameterReader::OptionalInteger(std::string_view name) {
  const auto number = OptionalNumber(name);
  if (!number) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::size_t ParameterReader::Choice(std::string_view name) {
  const ParameterSpec& spec = Spec(name);
  const Value value = Find(spec);
  const auto chosen = std::find(spec.choices.begin(), spec.choices.end(), FormatValue(value));
  if (chosen != spec.choices.end()) {
    return static_cast<std::size_t>(chosen - spec.choices.begin());
  }
  Refuse(spec, value, JoinWords(spec.choices));
  return 0;
}

std::string ParameterReader::Text(std::string_view name) {
  const ParameterSpec& spec = Spec(name);
  return spec.choices.empty() ? FormatValue(Find(spec)) : spec.choices[Choice(name)];
}

}  // namespace sweepformer::model
