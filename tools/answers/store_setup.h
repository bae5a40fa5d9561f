#pragma once

#include <string>
#include <vector>

#include "results/store.h"

namespace sweepformer::testing {

/// A sweep as a case of testdata/answers writes it down (README.md there): "sweep NAME ...", then
/// a line of column names, then a line per run. Registered and carried out in `store`, at times
/// that are the same every day. InvalidArgument for a line that cannot be read.
Status AddSweep(ResultStore& store, const std::vector<std::string>& lines);

/// The words of a line; what is in double quotes is one word.
std::vector<std::string> WordsOf(const std::string& line);

}  // namespace sweepformer::testing
