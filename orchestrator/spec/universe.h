#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "orchestrator/core/description.h"
#include "orchestrator/spec/sweep_spec.h"

namespace sweepformer {

/// A parameter that is not a dimension: given one value, computed, or left at its default.
struct Column {
  std::string name;
  Location where;                     ///< of its value or expression; unknown for defaults
  Value constant;                     ///< of [base], a point or the description's default
  std::optional<Expression> derived;  ///< of [let]; wins over the constant
  std::string active;                 ///< the description's `when`, or empty
};

/// Every parameter of a sweep, and where its value comes from.
struct Universe {
  std::vector<Column> columns;
  std::vector<GridDimension> dimensions;

  std::vector<std::string> Names() const;
  Location Find(std::string_view name) const;  ///< where the spec gives it; unknown if it doesn't
  const Value* FindFixed(std::string_view name) const;  ///< what every cell has; null if it depends
};

/// The grid's universe: the description's parameters, then what the spec adds (a foreign worker,
/// `worker` null, has only those). What only points or only the grid give is absent in the other,
/// so that all universes of a spec have the same names. InvalidArgument for names, values or types
/// that do not fit.
Result<Universe> MakeUniverse(const SweepSpec& spec, const WorkerDescription* worker);

/// The universe of one point: base and let apply, axes and zips do not, its own settings win.
/// InvalidArgument also for a point that has no parameter at all.
Result<Universe> MakeUniverse(const SweepSpec& spec, const WorkerDescription* worker,
                              const Point& point);

}  // namespace sweepformer
