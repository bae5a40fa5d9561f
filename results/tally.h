#pragma once

#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Makes the tables `tally` and `planned_cells`, the triggers that keep them in the transactions
/// that change `run` and `member`, and counts what is there: so the standing of a sweep is read
/// from a handful of rows, however many runs it has (schema version 3).
Status MakeTally(Connection& connection);

}  // namespace sweepformer
