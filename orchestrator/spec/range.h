#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer {

/// from, from + step, ... up to `to` inclusive, in exact decimals: 0.1 to 0.5 by 0.1 ends at 0.5.
/// InvalidArgument (without a place, here and below) if step is 0 or leads away from `to`, gives
/// over 10^6 values, or the decimals are too many for a double.
Result<std::vector<Value>> SteppedRange(double from, double to, double step);

/// How the values of a counted range lie between its ends.
enum class Scale { kLinear, kLog };

/// `count` values from `from` to `to`, both included, evenly spaced on `scale`, rounded to 12
/// digits. InvalidArgument if count is not from 1 to 10^6, an end is not positive on the log scale,
/// or two values are equal once rounded.
Result<std::vector<Value>> CountedRange(double from, double to, std::int64_t count, Scale scale);

/// `count` values drawn between `from` and `to`, uniform on `scale`, the same for equal `rng` on
/// every machine and in every release (SplitMix64). InvalidArgument as for a counted range.
Result<std::vector<Value>> SampledRange(double from, double to, std::int64_t count, Scale scale,
                                        std::uint64_t rng);

}  // namespace sweepformer
