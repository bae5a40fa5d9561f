#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/spec/sweep_spec.h"
#include "orchestrator/sql/sandbox.h"

namespace sweepformer {

/// Fills two columns of `table`, which holds the cells (a column per name, "#dropped" NULL for
/// those that are left): "#rule", the place of the last rule of [[init_from]] that matches a cell,
/// and "#parent", the rowid of the cell whose weights it starts from by that rule. Returns how many
/// cells each rule matched. InvalidArgument, at the rule, for an unsafe expression, a cell without
/// a parent or with several, and for cells that start from one another.
Result<std::vector<std::int64_t>> FindParents(SafeExpressions& sandbox, const SweepSpec& spec,
                                              const std::vector<std::string>& names,
                                              const std::string& table);

/// Takes back into the plan what --only left out ("#dropped" = -1) but something that is left
/// starts from. Returns how many cells that were.
Result<std::int64_t> KeepParents(Connection& connection, const std::string& table);

}  // namespace sweepformer
