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

}  // namespace sweepformer::cli
