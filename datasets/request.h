#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/custom.h"
#include "datasets/listops.h"
#include "datasets/mnist.h"
#include "datasets/star_classes.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer::datasets {

inline constexpr std::string_view kDefaultDataset = "synthetic-reviews";
inline constexpr std::int64_t kDefaultRows = 12000;
inline constexpr std::string_view kAllDomains = "all";
inline constexpr std::string_view kCustom = "custom";  ///< the set of a user's own files

/// What becomes of reviews without a title.
enum class EmptyTitle {
  kKeep,  ///< they are data: a model that reads titles sees none
  kDrop,
  kBody,  ///< the body stands in for it
};

/// keep, drop, body; in the order of the enumeration.
std::vector<std::string> EmptyTitleWords();

/// Which reviews are wanted and where files may lie.
struct DatasetRequest {
  std::string name;
  std::filesystem::path data_folder = {};   ///< empty: none was given
  std::vector<std::string> data_path = {};  ///< files to read in place of the set's own
  std::string domain{kAllDomains};          ///< of the sets that have domains
  std::int64_t rows = kDefaultRows;         ///< of the sets that are generated
  ListOpsOptions listops = {};              ///< of listops
  std::vector<std::string> test_path = {};  ///< beside data_path, files that are the test part
  StarClasses star_classes = StarClasses::kTwo;
  EmptyTitle empty_title = EmptyTitle::kKeep;
  MnistImage mnist_image = MnistImage::kPlain;
  CustomColumns custom = {};     ///< of custom
  std::string second_test = "";  ///< another set whose test part is read too; empty: none
};

/// The request for `request.second_test`, which is of a known set's own files.
DatasetRequest SecondTestOf(const DatasetRequest& request);

/// What `parameters` ask for; defaults where they are silent. `data_path` and `test_path` are a
/// path or a JSON list of them, relative ones to the working directory. NotFound for an unknown
/// data set, InvalidArgument for values that make no sense.
Result<DatasetRequest> RequestFrom(const Parameters& parameters,
                                   const std::filesystem::path& data_folder);

}  // namespace sweepformer::datasets
