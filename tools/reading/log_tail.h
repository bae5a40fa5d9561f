#pragma once

#include <filesystem>
#include <string>

namespace sweepformer {

/// The last lines of a log, fit for a terminal, each with `indent` before it, a progress bar as it
/// was drawn last; "" where there is no such file or nothing in it. Reads its end only, so a long
/// log costs nothing.
std::string LogTail(const std::filesystem::path& log, const std::string& indent);

}  // namespace sweepformer
