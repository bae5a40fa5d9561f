#pragma once

#include <filesystem>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Writes a sweep as a folder that speaks for itself: runs.csv, cells.csv, attempts.csv and
/// history.csv, dictionary.csv with every column of these, README.md. All of one state of the
/// store, row by row, so that memory does not grow with it. The folder appears whole or not at all
/// (ExportFolder); an earlier export of the sweep is replaced, anything else is InvalidArgument.
/// NotFound for an unknown sweep.
Status ExportSweep(const Connection& connection, const std::string& sweep,
                   const std::filesystem::path& folder);

}  // namespace sweepformer
