#pragma once

#include <cstdint>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// The next number of the store's sequence of changes, which `run.changed` holds for whatever a
/// transaction changes: a reader polls with `WHERE changed > <the last it saw>`. To be called once
/// per transaction, inside it.
Result<std::int64_t> NextChange(Connection& connection);

}  // namespace sweepformer
