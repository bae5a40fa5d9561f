#pragma once

#include <array>
#include <filesystem>
#include <set>
#include <string>

#include "datasets/request.h"
#include "orchestrator/core/status.h"
#include "orchestrator/core/value.h"

namespace sweepformer {

/// Finds the data of runs and makes sure that they can be read, before anything starts.
class DataCheck {
 public:
  explicit DataCheck(std::filesystem::path data_folder) : data_folder_(std::move(data_folder)) {}

  /// The parameters that say which data a run reads: with the same values it reads the same.
  static constexpr std::array kReads = {"dataset",
                                        "data_path",
                                        "test_path",
                                        "star_classes",
                                        "empty_title",
                                        "mnist_image",
                                        "data_format",
                                        "title_column",
                                        "body_column",
                                        "title_separator",
                                        "label_column",
                                        "label_values",
                                        "dropped_labels",
                                        "domain",
                                        "rows",
                                        "listops_max_depth",
                                        "listops_max_args",
                                        "listops_min_length",
                                        "listops_max_length",
                                        "second_test"};

  /// The fingerprint of the data that `parameters` name. Data not met before are read once as a
  /// whole, so that a malformed file is reported now and not by the first run; what was readable is
  /// remembered by its fingerprint in CacheFolder()/readable.
  Result<std::string> FingerprintOf(const Parameters& parameters);

  /// Every file that the fingerprints were made from.
  const std::set<std::filesystem::path>& files() const { return files_; }

 private:
  Status NoteFiles(const datasets::DatasetRequest& request);

  std::filesystem::path data_folder_;
  std::set<std::filesystem::path> files_;
};

}  // namespace sweepformer
