#pragma once

#include <array>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Their names, in the order in which they are told.
inline constexpr std::array kViews = {"runs", "cells", "attempts", "history", "verifications"};

/// Makes the views (contract.md, SCHEMA.md) anew from the catalog: whenever a parameter or a metric
/// has got its column. Plain SQL, so that the sqlite3 shell can read them. To be called inside a
/// transaction.
Status MakeViews(Connection& connection);

}  // namespace sweepformer
