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
  if (spec.type == ParameterType::kBoolean) return "true or false";
  std::string text = spec.type == ParameterType::kInteger ? "a whole number" : "a number";
  if (spec.minimum && spec.maximum) {
    return text + fmt::format(" from {} to {}", *spec.minimum, *spec.maximum);
  }
  if (spec.minimum) text += fmt::format(" of at least {}", *spec.minimum);
  if (spec.maximum) text += fmt::format(" of at most {}", *spec.maximum);
  return text;
}

/// Whole numbers beyond this one are not exact as doubles.
constexpr double kLargestWhole = 9007199254740992.0;

bool InRange(const ParameterSpec& spec, double number) {
  if (std::isnan(number) || number < spec.minimum.value_or(number)) return false;
  if (number > spec.maximum.value_or(number)) return false;
  if (spec.type == ParameterType::kNumber) return true;
  return number == std::floor(number) && std::abs(number) <= kLargestWhole;
}

}  // namespace

ParameterReader::ParameterReader(const Parameters& parameters, std::vector<ParameterSpec> specs)
    : parameters_(parameters), specs_(std::move(specs)) {}

const ParameterSpec* ParameterReader::Declared(std::string_view name) const {
  const auto spec = std::find_if(specs_.begin(), specs_.end(),
                                 [&](const ParameterSpec& s) { return SameName(s.name, name); });
  return spec == specs_.end() ? nullptr : &*spec;
}

const ParameterSpec& ParameterReader::Spec(std::string_view name) const {
  const ParameterSpec* spec = Declared(name);
  assert(spec != nullptr);
  return *spec;
}

Value ParameterReader::Find(const ParameterSpec& spec) {
  const auto given = parameters_.find(spec.name);
  const bool is_given = given != parameters_.end() && !IsNull(given->second);
  const Value value = Canonical(is_given ? given->second : spec.default_value);
  if (!IsNull(value)) resolved_[spec.name] = value;
  return value;
}

void ParameterReader::Note(const Status& finding) {
  if (status_.ok()) status_ = finding;
}

void ParameterReader::Refuse(const ParameterSpec& spec, const Value& value,
                             std::string_view expected) {
  const std::string given = IsNull(value) ? "missing" : FormatJson(value);
  Note(InvalidArgument(fmt::format("parameter '{}' is {}: expected {}{}", spec.name, given,
                                   expected, DidYouMean(FormatValue(value), spec.choices))));
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

bool ParameterReader::Flag(std::string_view name) { return OptionalInteger(name).value_or(0) != 0; }

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

std::size_t ParameterReader::OptionalChoice(std::string_view name) {
  return IsNull(Find(Spec(name))) ? 0 : Choice(name);
}

std::string ParameterReader::Text(std::string_view name) {
  const ParameterSpec& spec = Spec(name);
  return spec.choices.empty() ? FormatValue(Find(spec)) : spec.choices[Choice(name)];
}

void ParameterReader::Take(std::string_view name) {
  if (IsNull(Find(Spec(name)))) return;
  if (Spec(name).type == ParameterType::kText) {
    Text(name);
  } else {
    Number(name);
  }
}

Status ParameterReader::WhyUnread(const std::string& name) const {
  if (const ParameterSpec* spec = Declared(name)) {
    return InvalidArgument(
        fmt::format("parameter '{}' has no effect here: it exists only when {}; leave it out",
                    spec->name, spec->when));
  }
  std::vector<std::string> names;
  for (const ParameterSpec& spec : specs_) names.push_back(spec.name);
  const std::string near = DidYouMean(name, names);
  return InvalidArgument(fmt::format("unknown parameter '{}'{}", name,
                                     near.empty() ? "; --describe lists them all" : near));
}

Status ParameterReader::Finish() const {
  SF_TRY(status_);
  for (const auto& [name, value] : parameters_) {
    if (!IsNull(value) && !resolved_.contains(name)) return WhyUnread(name);
  }
  return {};
}

}  // namespace sweepformer::model
