#pragma once

#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Makes the tables `tally` and `planned_cells`, the triggers that keep them in the transactions
/// that change `run` and `member`, and counts what is there: so the standing of a sweep is read
/// from a handful of rows, however many runs it has (schema version 3).
Status MakeTally(Connection& connection);

/// Makes the table `activity` and the triggers that keep it in the transactions that change
/// `attempt` and `member`, and an index of the runs that failed: when a sweep was last active, and
/// why runs of it failed, is then read without the attempts of other sweeps (schema version 4).
Status MakeActivity(Connection& connection);

/// Has the tally kept by cheaper statements when a run changes its state (schema version 5).
Status MakeTallyCheaper(Connection& connection);

}  // namespace sweepformer
