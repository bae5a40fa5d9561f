#pragma once

#include <set>
#include <string>
#include <vector>

#include "orchestrator/spec/sweep_spec.h"
#include "orchestrator/spec/toml_reader.h"

namespace sweepformer {

/// Whether a file is the spec itself or one that it includes.
enum class FileRole { kSpec, kIncluded };

/// Adds all sections of one file to `spec`, which holds what the file includes.
Status ParseSections(const TomlReader& reader, const toml::table& root, FileRole role,
                     SweepSpec& spec);

/// Sections that are parsed by a function of their own. `entry` is the section's key.
Result<std::vector<GridDimension>> ParseAxes(const TomlReader& reader, const TomlEntry& entry);
Result<std::vector<GridDimension>> ParseZips(const TomlReader& reader, const TomlEntry& entry);
Result<Limits> ParseLimits(const TomlReader& reader, const toml::table& table,
                           std::vector<LimitRule>* rules);
/// `retry` is what it was before; keys that are not given stay.
Result<RetrySpec> ParseRetry(const TomlReader& reader, const TomlEntry& entry, RetrySpec retry);

/// "2GiB", "512 MiB" or a number of bytes.
Result<std::int64_t> ParseSize(std::string_view text);

/// "90s", "20m", "1.5h", "2d" or a number of seconds.
Result<double> ParseDuration(std::string_view text);

}  // namespace sweepformer
