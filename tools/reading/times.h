#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sweepformer {

/// A stored time as "2026-11-24 13:23:44Z".
std::string FormatTime(std::int64_t utc_ms);

/// A length of time in its two largest units: "850 ms", "42 s", "3 min 20 s", "2 h 5 min", "3 d 4
/// h".
std::string FormatDuration(std::int64_t ms);

/// A count and what is counted: "1 run", "2 runs".
std::string Counted(std::int64_t count, std::string_view word);

}  // namespace sweepformer
