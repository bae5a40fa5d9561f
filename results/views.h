#pragma once

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Makes the views `runs`, `cells`, `attempts` and `history` (contract.md, SCHEMA.md) anew from the
/// catalog: whenever a parameter or a metric has got its column. Plain SQL, so that the sqlite3
/// shell can read them. To be called inside a transaction.
Status MakeViews(Connection& connection);

}  // namespace sweepformer
