#pragma once

#include <filesystem>

#include "tools/doctor/finding.h"

namespace sweepformer {

/// Where the machine is looked at; another root in tests.
struct MachineRoot {
  std::filesystem::path proc = "/proc";
  std::filesystem::path sys = "/sys";
};

/// What this machine can do: CPUs, memory, instruction sets, GPU, cgroups, energy counters, limits.
/// Only reads.
Findings LookAtMachine(const MachineRoot& root = {});

}  // namespace sweepformer
