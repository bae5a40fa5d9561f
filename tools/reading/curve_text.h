#pragma once

#include <string>

#include "results/run_record.h"
#include "tools/reading/page.h"

namespace sweepformer {

/// The learning curves of a run, a line each: name and split, a sparkline as wide as there is room,
/// first and last value, the best. What is best follows from the goal of the final metric of the
/// same name, or of one that ends in _<name>; where there is none, the lowest and the highest are
/// given. "" for a run without curves.
std::string CurvesText(const RunRecord& run, const Page& page);

}  // namespace sweepformer
