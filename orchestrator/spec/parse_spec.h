#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// Reads a spec (format 1). Checks its form: TOML syntax, keys, types, duplicate parameters,
/// lengths of zips; not yet what the worker says of the parameters.
/// InvalidArgument with file:line:col, the line and a suggestion; `name` is the file as the user
/// gave it.
Result<SweepSpec> ParseSweepSpec(const std::string& name, std::string_view text);

/// The same from a file; InvalidArgument also if it cannot be read.
Result<SweepSpec> ReadSweepSpec(const std::filesystem::path& path);

}  // namespace sweepformer
