#include "results/export_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "orchestrator/core/file.h"

namespace sweepformer {
namespace {

namespace fs = std::filesystem;

Status Trouble(const fs::path& path, std::string_view what, const std::error_code& error) {
  return IoError(fmt::format("{}: {}: {}", path.string(), what, error.message()));
}

/// The folder's own path: links followed, no '/' at its end.
Result<fs::path> PlaceOf(const fs::path& folder) {
  std::error_code error;
  fs::path place = fs::weakly_canonical(fs::absolute(folder), error);
  if (error) return Trouble(folder, "cannot be looked at", error);
  if (!place.has_filename()) place = place.parent_path();
  if (place != fs::current_path() && place != place.root_path()) return place;
  return InvalidArgument(fmt::format(
      "{}: a folder cannot be replaced while you are in it; name one in it, e.g. export/demo",
      place.string()));
}

/// The first name in the folder that is none of `names`, or "".
std::string Foreign(const fs::path& folder, const std::vector<std::string>& names) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (std::find(names.begin(), names.end(), name) == names.end()) return name;
  }
  return "";
}

bool BeginsWith(const fs::path& file, const std::string& mark) {
  const auto text = ReadFile(file);
  return text.ok() && text->starts_with(mark);
}

Status CheckPlace(const fs::path& place, const std::vector<std::string>& names,
                  const std::string& mark) {
  constexpr std::string_view kRemedy = "; name a new folder, nothing was changed";
  std::error_code error;
  const fs::file_status status = fs::status(place, error);
  if (!fs::exists(status)) return {};
  if (!fs::is_directory(status)) {
    return InvalidArgument(
        fmt::format("{}: there is a file of this name{}", place.string(), kRemedy));
  }
  const std::string foreign = Foreign(place, names);
  if (!foreign.empty()) {
    return InvalidArgument(fmt::format("{}: holds {}, which is no part of an export{}",
                                       place.string(), foreign, kRemedy));
  }
  if (fs::is_empty(place, error) || BeginsWith(place / names.front(), mark)) return {};
  return InvalidArgument(
      fmt::format("{}: holds no export of this sweep{}", place.string(), kRemedy));
}

std::error_code LastError() { return {errno, std::system_category()}; }

}  // namespace

Result<ExportFolder> ExportFolder::Make(const fs::path& folder,
                                        const std::vector<std::string>& names,
                                        const std::string& mark) {
  SF_ASSIGN(const fs::path place, PlaceOf(folder));
  SF_TRY(CheckPlace(place, names, mark));
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  const fs::path temporary =
      place.parent_path() / fmt::format(".{}.{}.tmp", place.filename().string(), getpid());
  if (!fs::create_directory(temporary, error)) {
    return Trouble(temporary, "cannot be made",
                   error ? error : std::make_error_code(std::errc::file_exists));
  }
  return ExportFolder(place, temporary);
}

ExportFolder::ExportFolder(ExportFolder&& other) noexcept
    : place_(std::move(other.place_)), temporary_(std::exchange(other.temporary_, {})) {}

ExportFolder::~ExportFolder() {
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
}

/// Where both exist they change places, and the old one goes with this object.
Status ExportFolder::PutInPlace() {
  if (renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, place_.c_str(), RENAME_EXCHANGE) == 0)
    return {};
  if (rename(temporary_.c_str(), place_.c_str()) == 0) return temporary_.clear(), Status();
  return Trouble(place_, "cannot be replaced", LastError());
}

}  // namespace sweepformer
