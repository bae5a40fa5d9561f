#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "results/sweeps.h"

namespace sweepformer {

/// A sweep and how far it is.
struct SweepStanding {
  Sweep sweep;
  SweepProgress progress;
  bool interrupted = false;  ///< its orchestrator is gone and runs are still said to be running
};

/// Counts, last activity and failures of each sweep, as a person reads them at `now_ms`.
std::string StatusText(const std::vector<SweepStanding>& sweeps, std::int64_t now_ms);

/// The same for scripts; "version" is 1.
std::string StatusJson(const std::vector<SweepStanding>& sweeps);

}  // namespace sweepformer
