#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::model {

/// Reads a run's parameters against their declaration: a parameter that is not given has its
/// declared default, one of another type, out of range or not among the choices is an error. The
/// first error stays in status() and later reads return zero or "", so a list of reads is checked
/// once. Holds references: for the length of a function.
class ParameterReader {
 public:
  ParameterReader(const Parameters& parameters, const std::vector<ParameterSpec>& specs);

  std::int64_t Integer(std::string_view name);
  double Number(std::string_view name);
  std::string Text(std::string_view name);

  /// The position of the value among the declared choices.
  std::size_t Choice(std::string_view name);

  /// nullopt where it is neither given nor has a default.
  std::optional<std::int64_t> OptionalInteger(std::string_view name);
  std::optional<double> OptionalNumber(std::string_view name);

  /// InvalidArgument with the first thing that was wrong.
  const Status& status() const { return status_; }

 private:
  const ParameterSpec& Spec(std::string_view name) const;
  Value Find(const ParameterSpec& spec) const;
  void Refuse(const ParameterSpec& spec, const Value& value, std::string_view expected);
  double CheckedNumber(const ParameterSpec& spec, const Value& value);

  const Parameters& parameters_;
  const std::vector<ParameterSpec> specs_;
  Status status_;
};

}  // namespace sweepformer::model
