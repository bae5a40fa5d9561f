#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sweepformer::cli {

/// A parameter that --set and --axis may name.
struct KnownSetting {
  std::string name;
  std::string doc;
  std::vector<std::string> values;  ///< worth typing, as typed; empty: anything
};

/// The parameters of the spec in file `spec`, then those of the built-in worker if its description
/// is known without starting it. Values are the spec's, then the worker's choices.
std::vector<KnownSetting> KnownSettings(const std::optional<std::string>& spec);

/// `path` with the user's folder for "~/", which a shell leaves in words of a line that is still
/// being typed.
std::string ExpandHome(const std::string& path);

}  // namespace sweepformer::cli
