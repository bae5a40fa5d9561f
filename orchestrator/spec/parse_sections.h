#pragma once

#include <set>
#include <string>
#include <vector>

#include "orchestrator/spec/sweep_spec.h"
#include "orchestrator/spec/toml_reader.h"

namespace sweepformer {

/// The sections of a spec, each parsed by a function of its own. `entry` is the section's key.
Result<std::vector<GridDimension>> ParseAxes(const TomlReader& reader, const TomlEntry& entry);
Result<std::vector<GridDimension>> ParseZips(const TomlReader& reader, const TomlEntry& entry);
Result<Limits> ParseLimits(const TomlReader& reader, const toml::table& table,
                           std::vector<LimitRule>* rules);
Result<RetrySpec> ParseRetry(const TomlReader& reader, const TomlEntry& entry);

/// "2GiB", "512 MiB" or a number of bytes.
Result<std::int64_t> ParseSize(std::string_view text);

/// "90s", "20m", "1.5h", "2d" or a number of seconds.
Result<double> ParseDuration(std::string_view text);

}  // namespace sweepformer
