#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/listops.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {

inline constexpr std::string_view kDefaultDataset = "synthetic-reviews";
inline constexpr std::int64_t kDefaultRows = 12000;
inline constexpr std::string_view kAllDomains = "all";

/// Which reviews are wanted and where files may lie.
struct DatasetRequest {
  std::string name;
  std::filesystem::path data_folder;   ///< empty: none was given
  std::vector<std::string> data_path;  ///< files to read in place of the set's own; usually empty
  std::string domain{kAllDomains};     ///< of the sets that have domains
  std::int64_t rows = kDefaultRows;    ///< of the sets that are generated
  ListOpsOptions listops = {};         ///< of listops
};

/// What `parameters` ask for; defaults where they are silent. `data_path` is a path or a JSON list
/// of them, relative ones to the working directory. NotFound for an unknown data set,
/// InvalidArgument for values that make no sense.
Result<DatasetRequest> RequestFrom(const Parameters& parameters,
                                   const std::filesystem::path& data_folder);

}  // namespace sweepformer::datasets
