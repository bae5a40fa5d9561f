#pragma once

#include <filesystem>

#include "tools/doctor/finding.h"

namespace sweepformer {

/// The built-in worker: whether it is there, starts and describes itself.
Findings LookAtWorker();

/// The store, who holds it, and the disk it lies on. Makes no file.
Findings LookAtStore(const std::filesystem::path& store);

/// Every known data set. Files are found, not read.
Findings LookAtData(const std::filesystem::path& folder);

}  // namespace sweepformer
