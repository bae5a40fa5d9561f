#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>

namespace sweepformer {

/// Bytes of memory that the processes hold now, together: a page that several share is counted
/// once if all of them are in `tree` (their share of it, otherwise). Looks closer, which takes a
/// millisecond a process, only where a cheaper upper bound is over `enough`; else that bound is
/// returned. Processes that are gone hold nothing.
std::int64_t MemoryOf(const std::set<pid_t>& tree, std::int64_t enough);

}  // namespace sweepformer
