#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/spec/universe.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {

/// Checks that `expression` is one safe SQL expression over `names`, and over those of a second row
/// called `outer`, if any; returns the names it reads. The error points into the spec and says what
/// to type.
Result<NameSet> CheckExpression(SafeExpressions& sandbox, const SourceText& source,
                                const Expression& expression, const std::vector<std::string>& names,
                                const std::string& outer = "");

/// Fills table `table` with the cross product of `universe`: a column per parameter (inactive or
/// unset: NULL) and "#0", "#1", ... with the position in each dimension, rows in file order. Axes,
/// lets and the description's conditions are evaluated in order of dependency. InvalidArgument for
/// unsafe or cyclic expressions and for more than `most_cells` rows.
Status BuildGridTable(SafeExpressions& sandbox, const SourceText& source, const Universe& universe,
                      const std::string& table, std::int64_t most_cells);

}  // namespace sweepformer
