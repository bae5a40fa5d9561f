#pragma once

#include <optional>
#include <string>

#include "orchestrator/core/description.h"

namespace sweepformer {

/// What is wrong with `value` as the value of `parameter`: type, choices or range, and what to
/// type instead; nothing where it fits. Absent values fit.
std::optional<std::string> CheckValue(const ParameterSpec& parameter, const Value& value);

/// "'heds' is not a parameter of WORKER, did you mean 'heads'?"
std::string UnknownParameter(const WorkerDescription& worker, std::string_view name);

}  // namespace sweepformer
