#pragma once

#include <string>

#include "results/comparison.h"
#include "results/table.h"

namespace sweepformer {

/// A comparison as it is printed, final line break included.
///   table  aligned, mean ± sd rounded so that the spread is visible, bytes as KiB, MiB or GiB;
///          how it was computed and the warnings below
///   md     the same as a Markdown document
///   latex  the same as a booktabs table; how it was computed and the warnings as comments
///   csv    full precision, a row per group; no warnings (the caller prints them)
///   json   full precision, NaN and infinities as text, warnings inside; "version" is 1
std::string RenderComparison(const Comparison& comparison, TableFormat format);

}  // namespace sweepformer
