#pragma once

#include <string_view>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// Hands event lines to the orchestrator of the run this process belongs to. When it returns they
/// are in its hands, even if this process is killed. Through the socket rather than descriptor 3,
/// which a parent may have closed and reused. NotFound outside a run; IoError if nobody listens.
Status HandOver(std::string_view lines);

}  // namespace sweepformer
