#pragma once

#include <cstdint>
#include <string>

namespace sweepformer {

/// A stored time as "2026-11-24 13:23:44Z".
std::string FormatTime(std::int64_t utc_ms);

/// A length of time in its two largest units: "850 ms", "42 s", "3 min 20 s", "2 h 5 min", "3 d 4
/// h".
std::string FormatDuration(std::int64_t ms);

}  // namespace sweepformer
