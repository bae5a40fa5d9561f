#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "orchestrator/core/file.h"
#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// Reads the text of an included file.
using ReadText = std::function<Result<std::string>(const std::filesystem::path&)>;

/// Reads a spec (format 1). Checks its form: TOML syntax, keys, types, duplicate parameters,
/// lengths of zips; not yet what the worker says of the parameters.
///
/// `include = ["shared/base.toml", ...]` at the top reads other files first, as if they stood
/// before this one; their paths are relative to the file that names them. They hold any section
/// but no name and about, and may include further files. What is given again later wins: a
/// parameter (whether by [base], [axes] or [let]; an axis keeps its place) and each key of
/// [repeat], [limits], [retry], [measure], [goal] and [worker]. Lists of tables add up: exclude,
/// zip, point, init_from, limits.rule.
///
/// InvalidArgument with file:line:col, the line and a suggestion; `name` is the file as the user
/// gave it.
Result<SweepSpec> ParseSweepSpec(const std::string& name, std::string_view text,
                                 const ReadText& read = ReadFile);

/// The same from SweepSpec::text as the store keeps it; no file is read.
Result<SweepSpec> ParseStoredSpec(std::string_view text);

/// The same from a file; InvalidArgument also if it cannot be read.
Result<SweepSpec> ReadSweepSpec(const std::filesystem::path& path);

}  // namespace sweepformer
