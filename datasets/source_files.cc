#include "datasets/source_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "datasets/archive.h"
#include "datasets/catalog.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

constexpr int kLevels = 3;

/// Where each of some file or folder names was found.
using Places = std::map<std::string, std::vector<fs::path>>;

std::string AnchorOf(const Listing& listing) {
  return listing.path.substr(0, listing.path.find('/'));
}

void AddName(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// The names to look for, in the order of the layouts.
std::vector<std::string> AnchorsOf(const KnownSet& set) {
  std::vector<std::string> names;
  for (const Layout& layout : set.layouts) {
    for (const Listing& listing : layout.files) AddName(names, AnchorOf(listing));
    for (const std::string& archive : layout.archives) AddName(names, archive);
  }
  return names;
}

/// Adds `path` unless it is there already under another name (a link).
void AddPlace(std::vector<fs::path>& places, const fs::path& path) {
  const bool known = std::any_of(places.begin(), places.end(), [&](const fs::path& place) {
    std::error_code error;
    return fs::equivalent(place, path, error);
  });
  if (!known) places.push_back(path);
}

/// `folder` by its own name: without a slash behind it, and not as "." or "..".
fs::path UnderItsName(const fs::path& folder) {
  std::error_code error;
  const fs::path own = fs::absolute(folder, error).lexically_normal();
  return own.has_filename() ? own : own.parent_path();
}

/// Looks for `names` up to kLevels below `folder`, and at the folder itself. What cannot be listed
/// is passed over.
Places Search(const fs::path& folder, const std::vector<std::string>& names) {
  Places places;
  const auto wanted = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  const fs::path own = UnderItsName(folder);
  if (wanted(own.filename().string())) AddPlace(places[own.filename().string()], own);
  std::error_code error;
  constexpr auto kOptions = fs::directory_options::skip_permission_denied |
                            fs::directory_options::follow_directory_symlink;
  fs::recursive_directory_iterator entry(folder, kOptions, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (wanted(name)) AddPlace(places[name], entry->path());
    if (wanted(name) || entry.depth() + 1 >= kLevels) entry.disable_recursion_pending();
  }
  return places;
}

Status NotThere(const KnownSet& set, const DatasetRequest& request) {
  const std::string hint =
      "say where the data are with --data DIR or SWEEPFORMER_DATA, or name files with data_path";
  if (request.data_folder.empty())
    return NotFound(fmt::format("{}: no data folder is known; {}", set.name, hint));
  if (!IsFolder(request.data_folder))
    return NotFound(fmt::format("{}: the data folder '{}' does not exist; {}", set.name,
                                request.data_folder.string(), hint));
  return NotFound(fmt::format("{}: found no {} up to {} levels below '{}'; {}", set.name,
                              JoinWords(AnchorsOf(set)), kLevels, request.data_folder.string(),
                              hint));
}

Status FoundTwice(const KnownSet& set, const std::vector<fs::path>& paths) {
  return InvalidArgument(fmt::format(
      "{}: found both '{}' and '{}'; point --data at one of them, or name files with data_path",
      set.name, paths[0].string(), paths[1].string()));
}

/// A folder that lacks one of its files, or does not let it be seen.
Status FileMissing(const KnownSet& set, const fs::path& there, const fs::path& missing) {
  std::error_code error;
  if (!fs::exists(missing, error) && error)
    return InvalidArgument(
        fmt::format("{}: '{}' cannot be read: {}", set.name, missing.string(), error.message()));
  return InvalidArgument(
      fmt::format("{}: '{}' is there, but not '{}'; {}", set.name, there.string(), missing.string(),
                  set.read ? "get the rest of it, or name files to divide with data_path"
                           : "get the rest of it"));
}

/// Where a name was found, if it was.
Result<std::optional<fs::path>> PlaceOf(const KnownSet& set, const std::string& name,
                                        const Places& places) {
  const auto place = places.find(name);
  if (place == places.end()) return std::optional<fs::path>();
  if (place->second.size() > 1) return FoundTwice(set, place->second);
  return std::optional(place->second.front());
}

bool IsWanted(const Listing& listing, const DatasetRequest& request) {
  return request.domain == kAllDomains || listing.domain.empty() ||
         listing.domain == request.domain;
}

SourceFile SourceOf(const Listing& listing, fs::path path, std::string member = "") {
  return {listing.path, std::move(path), listing.domain,
          listing.part, listing.read,    std::move(member)};
}

/// The first archive of `layout` that is there, file by file; nothing if none is.
Result<std::vector<SourceFile>> FilesOfArchive(const KnownSet& set, const Layout& layout,
                                               const DatasetRequest& request,
                                               const Places& places) {
  std::vector<SourceFile> files;
  for (const std::string& archive : layout.archives) {
    SF_ASSIGN(const auto place, PlaceOf(set, archive, places));
    if (!place || !IsFile(*place)) continue;
    for (const Listing& listing : layout.files)
      if (IsWanted(listing, request)) files.push_back(SourceOf(listing, *place, listing.path));
    break;
  }
  return files;
}

/// Says so if some but not all of what `layout` needs is there.
Result<bool> IsIncomplete(const KnownSet& set, const Layout& layout, const DatasetRequest& request,
                          const Places& places, Status& incomplete) {
  std::optional<fs::path> there;
  std::string missing;
  for (const Listing& listing : layout.files) {
    if (!IsWanted(listing, request)) continue;
    SF_ASSIGN(const auto place, PlaceOf(set, AnchorOf(listing), places));
    if (place) there = place;
    if (!place && !listing.optional && missing.empty()) missing = listing.path;
  }
  if (!there || missing.empty() || !layout.all_needed) return false;
  incomplete =
      NotFound(fmt::format("{}: '{}' is there, but no '{}', which belongs to it; put it below "
                           "the data folder too",
                           set.name, there->string(), missing));
  return true;
}

/// The files of `layout` that are there, or nothing if none is. An archive stands in for a folder
/// that lacks one that is needed; without one that is InvalidArgument. If one that lies by itself
/// is not there, nothing, and `incomplete` says so.
Result<std::vector<SourceFile>> FilesOf(const KnownSet& set, const Layout& layout,
                                        const DatasetRequest& request, const Places& places,
                                        Status& incomplete) {
  std::vector<SourceFile> files;
  SF_ASSIGN(const bool is_incomplete, IsIncomplete(set, layout, request, places, incomplete));
  if (is_incomplete) return files;
  Status missing;
  for (const Listing& listing : layout.files) {
    if (!IsWanted(listing, request)) continue;
    SF_ASSIGN(const auto place, PlaceOf(set, AnchorOf(listing), places));
    if (!place) continue;
    const fs::path path = place->parent_path() / listing.path;
    if (IsFile(path) || (set.read_tree && IsFolder(path)))
      files.push_back(SourceOf(listing, path));
    else if (missing.ok() && layout.all_needed && !listing.optional)
      missing = FileMissing(set, *place, path);
  }
  if (missing.ok() && !files.empty()) return files;
  SF_ASSIGN(files, FilesOfArchive(set, layout, request, places));
  if (files.empty()) SF_TRY(missing);
  return files;
}

Part PartOf(bool has_test_path, bool is_test) {
  if (!has_test_path) return Part::kNone;
  return is_test ? Part::kTest : Part::kTrain;
}

Status AddNamed(const KnownSet& set, const std::string& parameter,
                const std::vector<std::string>& paths, Part part, std::vector<SourceFile>& files) {
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::string& path = paths[i];
    std::error_code error;
    if (!IsFile(path) && !(set.read_tree && IsFolder(path)))
      return InvalidArgument(fmt::format("{}: '{}' is not a file (looked from '{}')", parameter,
                                         path, fs::current_path(error).string()));
    const std::string role = fmt::format("{} {}", parameter, i + 1);
    if (set.read_tree || set.layouts.empty() || !IsArchiveName(path)) {
      files.push_back({role, path, "", part, nullptr, ""});
      continue;
    }
    for (const Listing& listing : set.layouts.front().files) {
      SourceFile file = SourceOf(listing, path, listing.path);
      file.role = role + " " + listing.path;
      if (part != Part::kNone) file.part = part;
      files.push_back(std::move(file));
    }
  }
  return {};
}

Result<std::vector<SourceFile>> NamedFiles(const KnownSet& set, const DatasetRequest& request) {
  std::vector<SourceFile> files;
  const bool has_test = !request.test_path.empty();
  SF_TRY(AddNamed(set, "data_path", request.data_path, PartOf(has_test, false), files));
  SF_TRY(AddNamed(set, "test_path", request.test_path, PartOf(has_test, true), files));
  return files;
}

}  // namespace

std::string SourceFile::Name() const {
  return member.empty() ? path.string() : path.string() + ": " + member;
}

void Label(const SourceFile& file, std::vector<Review>& reviews) {
  for (Review& review : reviews) {
    if (!file.domain.empty()) review.domain = file.domain;
    if (file.part != Part::kNone) review.part = file.part;
  }
}

Result<std::unique_ptr<ByteStream>> OpenSource(const SourceFile& file) {
  return file.member.empty() ? OpenFile(file.path) : OpenMember(file.path, file.member);
}

Result<std::string> ReadSourceBytes(const SourceFile& file) {
  SF_ASSIGN(const auto stream, OpenSource(file));
  return ReadAll(*stream);
}

Result<std::vector<SourceFile>> FindFiles(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  if (set->generate) return std::vector<SourceFile>{};
  if (!request.data_path.empty()) return NamedFiles(*set, request);
  if (set->layouts.empty())
    return NotFound(
        fmt::format("{}: which files? Name one or a list of them with data_path", set->name));
  if (request.data_folder.empty()) return NotThere(*set, request);
  const Places places = Search(request.data_folder, AnchorsOf(*set));
  Status incomplete;
  for (const Layout& layout : set->layouts) {
    SF_ASSIGN(std::vector<SourceFile> files, FilesOf(*set, layout, request, places, incomplete));
    if (files.empty()) continue;
    for (SourceFile& file : files) file.extract = layout.extract;
    return files;
  }
  SF_TRY(incomplete);
  return NotThere(*set, request);
}

}  // namespace sweepformer::datasets
