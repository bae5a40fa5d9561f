#include "datasets/source_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "datasets/catalog.h"
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

/// The names to look for, in the order of the layouts.
std::vector<std::string> AnchorsOf(const KnownSet& set) {
  std::vector<std::string> names;
  for (const Layout& layout : set.layouts)
    for (const Listing& listing : layout.files)
      if (std::find(names.begin(), names.end(), AnchorOf(listing)) == names.end())
        names.push_back(AnchorOf(listing));
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

/// Looks for `names` up to kLevels below `folder`, and at the folder itself. What cannot be listed
/// is passed over.
Places Search(const fs::path& folder, const std::vector<std::string>& names) {
  Places places;
  const auto wanted = [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (wanted(folder.filename().string())) AddPlace(places[folder.filename().string()], folder);
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
  if (!fs::is_directory(request.data_folder))
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

/// The files of `layout` that are there, or nothing if none is.
Result<std::vector<SourceFile>> FilesOf(const KnownSet& set, const Layout& layout,
                                        const DatasetRequest& request, const Places& places) {
  std::vector<SourceFile> files;
  for (const Listing& listing : layout.files) {
    if (request.domain != kAllDomains && !listing.domain.empty() &&
        listing.domain != request.domain)
      continue;
    const std::string anchor = AnchorOf(listing);
    const auto place = places.find(anchor);
    if (place == places.end()) continue;
    if (place->second.size() > 1) return FoundTwice(set, place->second);
    const fs::path path = place->second.front().parent_path() / listing.path;
    if (fs::is_regular_file(path) || (set.read_tree && fs::is_directory(path))) {
      files.push_back({listing.path, path, listing.domain});
    } else if (layout.all_needed) {
      return InvalidArgument(fmt::format("{}: '{}' is there, but not '{}'; unpack the set again",
                                         set.name, place->second.front().string(), path.string()));
    }
  }
  return files;
}

Result<std::vector<SourceFile>> NamedFiles(const KnownSet& set, const DatasetRequest& request) {
  std::vector<SourceFile> files;
  for (const std::string& path : request.data_path) {
    if (!fs::is_regular_file(path) && !(set.read_tree && fs::is_directory(path)))
      return InvalidArgument(fmt::format("data_path: '{}' is not a file (looked from '{}')", path,
                                         fs::current_path().string()));
    files.push_back({fmt::format("data_path {}", files.size() + 1), path, ""});
  }
  return files;
}

}  // namespace

Result<std::vector<SourceFile>> FindFiles(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  if (set->generate) return std::vector<SourceFile>{};
  if (!request.data_path.empty()) return NamedFiles(*set, request);
  if (request.data_folder.empty()) return NotThere(*set, request);
  const Places places = Search(request.data_folder, AnchorsOf(*set));
  for (const Layout& layout : set->layouts) {
    SF_ASSIGN(std::vector<SourceFile> files, FilesOf(*set, layout, request, places));
    if (!files.empty()) return files;
  }
  return NotThere(*set, request);
}

}  // namespace sweepformer::datasets
