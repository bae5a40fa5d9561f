#pragma once

#include <istream>

#include "tools/worker/event_writer.h"

namespace sweepformer::worker {

/// Carries out the run whose request stands in `request` and reports it: hello first, before
/// anything can go wrong, then what becomes of it, done at the end. A failure, LibTorch's
/// exceptions included, is an error event and comes back as its Status.
Status ServeRun(std::istream& request, const EventWriter& events);

}  // namespace sweepformer::worker
