#pragma once

#include <string>
#include <string_view>

namespace sweepformer {

/// toml++'s words for a mistake of syntax, shortened, and what to type where that is known.
std::string TomlProblem(std::string_view description);

}  // namespace sweepformer
