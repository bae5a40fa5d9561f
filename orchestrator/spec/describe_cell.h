#pragma once

#include <string>
#include <vector>

#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// "input = \"title\", compression = 4": those of `names` that have a value, in the first row of
/// `table` where `condition` holds; empty if there is none.
Result<std::string> DescribeCell(Connection& connection, const std::string& table,
                                 const std::vector<std::string>& names,
                                 const std::string& condition);

}  // namespace sweepformer
