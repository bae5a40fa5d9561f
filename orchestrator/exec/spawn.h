#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// A program to start, with everything it inherits.
struct SpawnRequest {
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;  ///< added to the inherited one
  std::vector<int> cpus;                           ///< it is pinned to these; empty: not pinned
  int standard_input = -1;                         ///< -1: /dev/null
  int output = -1;                                 ///< stdout and stderr; -1: inherited
  int events = -1;                                 ///< becomes descriptor 3; -1: none
  int kept_open = -1;                              ///< inherited under some number of its own
};

/// Starts the program in a session of its own (so that neither Ctrl-C nor the terminal reaches it)
/// with a clear signal mask; it is killed should the calling thread die. The descriptors stay the
/// caller's. InvalidArgument "PROGRAM: cannot be started: ..." if it cannot be executed; returns
/// once it has been. Single-threaded callers only: it forks.
Result<pid_t> Spawn(const SpawnRequest& request);

}  // namespace sweepformer
