#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <cstdint>
#include <optional>

namespace sweepformer {

/// How a child of this process ended, and what it had used.
struct ChildEnd {
  int status = 0;  ///< as wait4 tells it
  rusage usage{};  ///< its own, and that of children it had waited for
  /// Share of its runnable time that its first thread spent waiting for a CPU; nothing where the
  /// kernel does not tell.
  std::optional<double> run_delay_share;

  std::optional<int> exit_code() const;  ///< nothing if a signal ended it
  std::optional<int> signal() const;     ///< nothing if it exited
  double cpu_seconds() const;
  std::int64_t peak_rss_bytes() const;  ///< the largest of them
};

/// A child that has ended and was not waited for yet; 0 if there is none. Does not block.
pid_t EndedChild();

/// Waits for the child, whose number may be another process's from then on. What /proc tells of it
/// has to be read before. Blocks until it has ended.
ChildEnd WaitForChild(pid_t pid);

}  // namespace sweepformer
