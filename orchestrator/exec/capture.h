#pragma once

#include <string>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// Runs `command` to its end and returns what it wrote to stdout; stderr is passed through.
/// InvalidArgument if it cannot be started, ends otherwise than with exit 0, or has its stdout open
/// after `timeout_ms` (it is killed then).
Result<std::string> CaptureOutput(const std::vector<std::string>& command, int timeout_ms);

}  // namespace sweepformer
