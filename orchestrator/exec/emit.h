#pragma once

#include <string_view>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// Hands event lines to the orchestrator of the run this process belongs to. When it returns they
/// are in its hands, even if this process is killed: it has read them after all that was written to
/// descriptor 3 before, and before all that will be, unless it does not get to it for
/// `patience_ms`. Through the socket rather than descriptor 3, which a parent may have closed and
/// reused. NotFound outside a run; IoError if nobody listens.
Status HandOver(std::string_view lines, int patience_ms = 5000);

}  // namespace sweepformer
