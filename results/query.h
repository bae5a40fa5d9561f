#pragma once

#include <functional>
#include <map>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"
#include "orchestrator/sql/connection.h"
#include "results/row_writer.h"

namespace sweepformer {

/// A SELECT and what its parameters stand for: `:seed` for parameters["seed"].
struct Query {
  std::string sql;
  std::map<std::string, Value, std::less<>> parameters = {};
};

/// Runs a user's query and writes its rows as they come. InvalidArgument, before anything is
/// written, for what is no SQL, for a second statement, for all that is more than reading (a write,
/// ATTACH, PRAGMA) and for a parameter without a value or a value without a parameter; the message
/// says which. Values are bound, never made part of the SQL. NaN is NULL, as SQLite has it; blobs
/// are written as x'…'.
Status RunQuery(const Connection& connection, const Query& query, RowWriter& writer);

}  // namespace sweepformer
