#pragma once

#include <string>
#include <vector>

#include "orchestrator/spec/expand.h"
#include "orchestrator/spec/universe.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// The cells of `table` that no rule has dropped, in its order; `universe` is the grid's.
Result<std::vector<Cell>> ReadCells(const Connection& connection, const std::string& table,
                                    const SweepSpec& spec, const Universe& universe);

}  // namespace sweepformer
