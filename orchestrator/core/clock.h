#pragma once

#include <cstdint>

namespace sweepformer {

/// UTC wall-clock time in milliseconds since the epoch: what is stored.
std::int64_t WallMs();

/// Monotonic milliseconds: what durations and deadlines are measured with.
std::int64_t SteadyMs();

}  // namespace sweepformer
