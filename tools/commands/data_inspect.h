#pragma once

#include "tools/cli/command.h"

namespace sweepformer::cli {

/// `data inspect`: reads a whole set and says what is in it.
Result<int> InspectData(const Arguments& arguments);

}  // namespace sweepformer::cli
