#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"
#include "orchestrator/sql/connection.h"

namespace sweepformer {

/// Of which runs, and which of their figures.
struct FinishedQuery {
  std::string worker_version;
  std::string host;    ///< only what was carried out there tells how long a run takes there
  std::string metric;  ///< or empty
};

/// What the succeeded runs of one cell took and gave.
struct FinishedCell {
  std::string cell;
  Parameters parameters;                   ///< see ReadFinishedCells
  std::vector<double> seconds;             ///< wall time, of each run carried out on the host
  std::vector<double> peak_rss_bytes;      ///< of these, where it is known
  std::map<std::int64_t, double> figures;  ///< the metric by seed, wherever it was carried out
};

/// A cell in so many is looked at closer.
inline constexpr std::size_t kMostNeighbours = 128;

/// The cells with succeeded runs of a worker, in the order they came into the store, of whatever
/// sweep. `parameters` are read for kMostNeighbours of those with `seconds`, evenly spread. A
/// metric the store has no column for gives no figures.
Result<std::vector<FinishedCell>> ReadFinishedCells(const Connection& connection,
                                                    const FinishedQuery& query);

/// The most memory that a succeeded run of each cell took on `host`, by cell.
Result<std::map<std::string, double>> ReadPeaks(const Connection& connection,
                                                const std::string& worker_version,
                                                const std::string& host);

/// The most memory that runs which have not succeeded were given and ran out of, by id; bytes.
Result<std::map<std::string, double>> ReadOutOfMemory(const Connection& connection);

}  // namespace sweepformer
