#pragma once

#include "tools/cli/arguments.h"

namespace sweepformer::cli {

/// `data fetch SET`.
Result<int> FetchData(const Arguments& arguments);

}  // namespace sweepformer::cli
