#pragma once

#include <optional>
#include <string>

#include "results/best.h"
#include "results/comparison.h"
#include "results/effects.h"
#include "results/pareto.h"
#include "results/table.h"

namespace sweepformer {

/// All that one `compare` says, computed but not yet written.
struct Answer {
  Comparison comparison;
  std::optional<ParetoFront> front;
  std::optional<BestGroups> best;
  std::optional<Effects> effects;
  bool plot = false;  ///< dots and intervals below the table
};

/// As it is printed, final line break included.
///   table  aligned, mean ± sd rounded so that the spread is visible, bytes as KiB, MiB or GiB;
///          how it was computed and the warnings below
///   md     the same as a Markdown document
///   latex  the same as booktabs tables, notes and warnings as comments
///   csv    full precision: a row per group or, with effects or best alone, one per effect or rank;
///          no warnings (the caller prints them)
///   json   full precision, NaN and infinities as text, warnings inside; COMPARE.md
std::string RenderAnswer(const Answer& answer, TableFormat format);

}  // namespace sweepformer
