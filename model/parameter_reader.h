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
/// once. What was read is what the run consists of: `resolved` echoes it and `Finish` refuses
/// everything else. Holds a reference to the parameters: for the length of a function.
class ParameterReader {
 public:
  ParameterReader(const Parameters& parameters, std::vector<ParameterSpec> specs);

  std::int64_t Integer(std::string_view name);
  double Number(std::string_view name);
  std::string Text(std::string_view name);

  /// The position of the value among the declared choices.
  std::size_t Choice(std::string_view name);
  std::size_t OptionalChoice(std::string_view name);  ///< 0 if it is not given

  /// Whether it is given, or by default, true.
  bool Flag(std::string_view name);

  /// nullopt where it is neither given nor has a default.
  std::optional<std::int64_t> OptionalInteger(std::string_view name);
  std::optional<double> OptionalNumber(std::string_view name);

  /// Checks a parameter that somebody else will read from `resolved`; it may have no value.
  void Take(std::string_view name);

  /// Adds a finding of the caller's; only the first one of all stays.
  void Note(const Status& finding);

  /// InvalidArgument with the first thing that was wrong.
  const Status& status() const { return status_; }

  /// status, or else InvalidArgument for a parameter that was given and that nothing has read: it
  /// is unknown, or the values of the others leave it without effect.
  Status Finish() const;

  /// Every parameter read so far with its value; those that have none are absent.
  const Parameters& resolved() const { return resolved_; }

 private:
  const ParameterSpec* Declared(std::string_view name) const;
  const ParameterSpec& Spec(std::string_view name) const;
  Value Find(const ParameterSpec& spec);
  void Refuse(const ParameterSpec& spec, const Value& value, std::string_view expected);
  double CheckedNumber(const ParameterSpec& spec, const Value& value);
  Status WhyUnread(const std::string& name) const;

  const Parameters& parameters_;
  std::vector<ParameterSpec> specs_;
  Parameters resolved_;
  Status status_;
};

}  // namespace sweepformer::model
