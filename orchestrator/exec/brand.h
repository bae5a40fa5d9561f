#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <string>

/// A number that what an attempt starts inherits and does not lose by clearing its environment,
/// leaving its session or closing what it holds: its limit on file locks (RLIMIT_LOCKS), which
/// Linux has not enforced since 2.4.25 (getrlimit(2)). Only who sets this very limit is rid of it.
namespace sweepformer {

/// The brand of what carries `mark` (tree_marks.h), below the limit that this process has, for
/// raising one takes a privilege: so a sweep within a run has other brands than the one around it.
/// 0, none, where the limit leaves too few numbers for two of them not to be the same.
rlim_t BrandFor(const std::string& mark);

/// Brands this process and what it will start. Does nothing for 0. Async-signal-safe.
void TakeBrand(rlim_t brand);

/// 0 if there is no such process or it may not be asked, as after sudo.
rlim_t BrandOf(pid_t pid);

}  // namespace sweepformer
