#pragma once

#include <cstdint>
#include <string>

#include "results/run_record.h"

namespace sweepformer {

/// One run as a person reads it: configuration, sweeps, attempts, final metrics with their units,
/// learning curves in brief, where the log is.
std::string RunText(const RunRecord& run);

/// The same for scripts, in full; "version" is 1.
std::string RunJson(const RunRecord& run);

/// In sentences, why the run is in the state it is in and what will become of it.
std::string WhyText(const RunRecord& run, std::int64_t now_ms);

}  // namespace sweepformer
