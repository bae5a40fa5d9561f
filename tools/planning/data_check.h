#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer {

/// Finds the data of runs and makes sure that they can be read, before anything starts.
class DataCheck {
 public:
  explicit DataCheck(std::filesystem::path data_folder) : data_folder_(std::move(data_folder)) {}

  /// The fingerprint of the data that `parameters` name. Data not met before are read once as a
  /// whole, so that a malformed file is reported now and not by the first run; what was readable is
  /// remembered by its fingerprint in CacheFolder()/readable.
  Result<std::string> FingerprintOf(const Parameters& parameters);

  /// Every file that the fingerprints were made from.
  const std::set<std::filesystem::path>& files() const { return files_; }

 private:
  std::filesystem::path data_folder_;
  std::map<std::string, std::string> known_;  ///< by what a request is made from
  std::set<std::filesystem::path> files_;
};

}  // namespace sweepformer
