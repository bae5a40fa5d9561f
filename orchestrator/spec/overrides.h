#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// What the command line changes of a spec, as typed.
struct Overrides {
  std::vector<std::string> set;       ///< k=v: the parameter has this one value
  std::vector<std::string> axis;      ///< k=a,b: the parameter takes these values in turn
  std::optional<std::int64_t> seeds;  ///< the first N of [repeat]
  std::optional<std::string> only;    ///< SQL: keep the cells where it holds

  /// Whether anything is narrowed or replaced.
  bool any() const { return !set.empty() || !axis.empty() || seeds || only; }
};

/// Applies --set, --axis and --seeds (--only is the expansion's). A parameter keeps its `when`. One
/// value takes the place of what [base], an axis and points state; of several [base]'s becomes an
/// axis, but for points, which keep what they and [base] state. A parameter that is new to the spec
/// is added for the built-in worker, which declares what there is, and refused for a foreign one.
/// Blanks around names and values do not count. InvalidArgument that names the flag, for malformed
/// pairs, a name or value given twice or left empty, a parameter of [let], an empty --only or too
/// many seeds.
Status ApplyOverrides(const Overrides& overrides, SweepSpec& spec);

}  // namespace sweepformer
