#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {

/// The parameters this folder reads, as a worker declares them.
std::vector<ParameterSpec> DatasetParameters();

/// What their values must meet together.
std::vector<ParameterCheck> DatasetChecks();

/// Whether the `when` of that one of DatasetParameters() holds, given those declared before it, the
/// inactive ones absent.
bool IsActive(std::string_view name, const Parameters& earlier);

/// Whether `parameters` hold a value for `name`.
bool IsGiven(const Parameters& parameters, std::string_view name);

/// The value of a parameter of DatasetParameters(): the one given or, where `parameters` has none,
/// the declared default. InvalidArgument if a value of another type was given or there is neither.
Result<std::string> TextOf(const Parameters& parameters, std::string_view name);
Result<std::int64_t> IntegerOf(const Parameters& parameters, std::string_view name);
Result<double> NumberOf(const Parameters& parameters, std::string_view name);

}  // namespace sweepformer::datasets
