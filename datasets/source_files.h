#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "datasets/request.h"

namespace sweepformer::datasets {

/// A file, or a folder of files, that was found for a request.
struct SourceFile {
  std::string role;  ///< what it is within the set, wherever it lies; part of the fingerprint
  std::filesystem::path path;
  std::string domain;  ///< "" where the file's content has to tell
};

/// The files of a request in the set's order; none for a generated set. Those of a known set are
/// found by their publisher's names, up to three levels below the data folder. NotFound, with the
/// names looked for and what to type, if they are not there; InvalidArgument if a name is there
/// twice, a part of the set is missing, or data_path names no file.
Result<std::vector<SourceFile>> FindFiles(const DatasetRequest& request);

}  // namespace sweepformer::datasets
