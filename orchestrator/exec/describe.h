#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "orchestrator/core/description.h"
#include "orchestrator/core/status.h"

namespace sweepformer {

/// A worker's description and the JSON it was read from.
struct DescribedWorker {
  WorkerDescription description;
  std::string json;
};

/// What `worker --describe` says. Kept in CacheFolder()/descriptions by path, size and modification
/// time, since starting a LibTorch program costs half a second; a
/// second call reads the copy. InvalidArgument, with what to type, if the worker is missing, cannot
/// be started, fails, takes over 60 s or prints something else.
Result<DescribedWorker> DescribeWorker(const std::filesystem::path& worker);

/// The copy kept of it, if there is one of the worker as it is now. Starts and writes nothing.
std::optional<DescribedWorker> RecallDescription(const std::filesystem::path& worker);

}  // namespace sweepformer
