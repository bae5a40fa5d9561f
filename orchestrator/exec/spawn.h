#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// What a process that carries out an attempt inherits.
struct ProcessSetup {
  std::map<std::string, std::string> environment;  ///< added to the inherited one
  std::vector<int> cpus;                           ///< it is pinned to these; empty: not pinned
  int standard_input = -1;                         ///< -1: /dev/null
  int output = -1;                                 ///< stdout and stderr; -1: inherited
  int events = -1;                                 ///< becomes descriptor 3; -1: none
  int kept_open = -1;                              ///< inherited under some number of its own
  rlim_t brand = 0;                                ///< brand.h; 0: none
  int memory_group = -1;  ///< `cgroup.procs` of the cgroup it joins; -1: it stays where it is
};

/// To be called in a process just forked: puts it into a session of its own (so that neither Ctrl-C
/// nor the terminal reaches it) with a clear signal mask, and sees to it that it is killed should
/// `parent`, its parent, die. False if that has happened already. The descriptors of `setup` stay
/// open beside the copies that are made.
bool SetUpProcess(const ProcessSetup& setup, pid_t parent);

/// From now on this process may hold as many descriptors as any may; what it starts here may hold
/// as many as it could before.
void AllowManyDescriptors();

/// Starts `command`, set up so. InvalidArgument "PROGRAM: cannot be started: ..." if it cannot be
/// executed, Unavailable if its memory group has no room for it, IoError for want of processes or
/// memory; returns once it has been. Single-threaded callers only.
Result<pid_t> Spawn(const std::vector<std::string>& command, const ProcessSetup& setup);

}  // namespace sweepformer
