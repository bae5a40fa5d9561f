#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// A folder that is written whole beside its place and then put there at once, so that no program
/// sees a part of it. Nothing is synced: after a power cut files of it may be empty. What was
/// written is gone again unless it is put in place.
class ExportFolder {
 public:
  /// InvalidArgument if `folder` holds anything but an earlier export: nothing, or some of `names`
  /// and among them one, the first, that begins with `mark`. IoError if the new folder cannot be
  /// made.
  static Result<ExportFolder> Make(const std::filesystem::path& folder,
                                   const std::vector<std::string>& names, const std::string& mark);
  ExportFolder(ExportFolder&& other) noexcept;
  ExportFolder& operator=(ExportFolder&&) = delete;
  ~ExportFolder();

  /// Where a file is to be written.
  std::filesystem::path operator/(const std::string& name) const { return temporary_ / name; }

  /// Puts the new folder where the old one, if any, was. To be called once.
  Status PutInPlace();

 private:
  ExportFolder(std::filesystem::path place, std::filesystem::path temporary)
      : place_(std::move(place)), temporary_(std::move(temporary)) {}

  std::filesystem::path place_;
  std::filesystem::path temporary_;
};

}  // namespace sweepformer
