#pragma once

#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"
#include "results/row_writer.h"

namespace sweepformer {

/// Runs one SELECT of a user's and writes its rows as they come. InvalidArgument, before anything
/// is written, for what is no SQL, for a second statement and for all that is more than reading
/// (a write, ATTACH, PRAGMA); the message says which. NaN is NULL, as SQLite has it; blobs are
/// written as x'…'.
Status RunQuery(const Connection& connection, const std::string& sql, RowWriter& writer);

}  // namespace sweepformer
