#include "tools/commands/data_fetch.h"

#include <fmt/format.h>

#include <optional>

#include "datasets/catalog.h"
#include "datasets/source_files.h"
#include "tools/cli/exit_code.h"
#include "tools/commands/common.h"
#include "tools/fetch/downloads.h"

namespace sweepformer::cli {
namespace {

namespace fs = std::filesystem;

/// A line that moves, on a terminal that can.
class ProgressLine {
 public:
  ProgressLine(std::string name, std::int64_t bytes) : name_(std::move(name)), bytes_(bytes) {}
  ~ProgressLine() {
    if (shown_ >= 0) fmt::print(stderr, "\r\033[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(std::int64_t done) {
    const std::int64_t percent = 100 * done / bytes_;
    if (!moves_ || percent == shown_) return;
    shown_ = percent;
    fmt::print(stderr, "\r\033[K{}: {:.1f} of {:.1f} MB, {} %", name_,
               1e-6 * static_cast<double>(done), 1e-6 * static_cast<double>(bytes_), percent);
  }

 private:
  std::string name_;
  std::int64_t bytes_;
  const bool moves_ = LinesMove();
  std::int64_t shown_ = -1;
};

/// Why there is nothing to fetch, in its user's words.
Status NotOffered(const datasets::KnownSet& set, const fetch::Origin* origin) {
  if (origin)
    return InvalidArgument(
        fmt::format("{} cannot be fetched by a command: {}", set.name, origin->by_hand));
  return InvalidArgument(
      fmt::format("{} {}", set.name,
                  set.generate ? "is generated; there is nothing to fetch"
                               : "is of files of your own; name them with data_path in the spec"));
}

/// Where `file` is among what was found, if it is.
std::optional<fs::path> PlaceOf(const fetch::Origin::File& file,
                                const std::vector<datasets::SourceFile>& found) {
  for (const datasets::SourceFile& one : found)
    if (one.path.string().ends_with("/" + file.name)) return one.path;
  return std::nullopt;
}

/// Compares what is there under its publisher's name with what was published.
Status CheckThere(const fetch::Origin::File& file, const fs::path& path) {
  SF_TRY(fetch::CheckPublished(file.remote, path));
  fmt::print("{} is there, checksum right\n", path.string());
  return {};
}

/// The same of all that was found.
Status CheckFound(const fetch::Origin& origin, const std::vector<datasets::SourceFile>& found) {
  for (const fetch::Origin::File& file : origin.files)
    if (const auto path = PlaceOf(file, found)) SF_TRY(CheckThere(file, *path));
  return {};
}

/// Where a set's files belong: beside one that is there already, as a name that is there twice is
/// refused.
fs::path FolderOf(const fetch::Origin& origin, const std::vector<datasets::SourceFile>& found,
                  const fs::path& folder) {
  for (const fetch::Origin::File& file : origin.files)
    if (const auto place = PlaceOf(file, found)) {
      const std::string path = place->string();
      return path.substr(0, path.size() - file.name.size());
    }
  return folder;
}

Status FetchFile(const fetch::Origin::File& file, const fs::path& folder) {
  const fs::path path = folder / file.name;
  std::error_code error;
  if (fs::exists(path, error)) return CheckThere(file, path);
  ProgressLine line(file.name, file.remote.bytes);
  fetch::DownloadOptions options;
  options.progress = [&](std::int64_t done) { line.Show(done); };
  SF_TRY(fetch::Download(file.remote, path, options));
  fmt::print("{}: {} bytes from {}, checksum right\n", path.string(), file.remote.bytes,
             file.remote.url);
  return {};
}

}  // namespace

Result<int> FetchData(const Arguments& arguments) {
  const auto name = arguments.Text("SET");
  if (!name)
    return InvalidArgument(
        "SET is missing; type 'sweepformer data fetch SET', and 'sweepformer data list' for the "
        "names");
  SF_ASSIGN(const datasets::KnownSet* set, datasets::FindSet(*name));
  const fetch::Origin* origin = fetch::OriginOf(set->name);
  if (!origin || origin->files.empty()) return NotOffered(*set, origin);
  const fs::path folder = DataFolder(arguments);
  if (folder.empty()) return InvalidArgument("where to? Add --data DIR, or set SWEEPFORMER_DATA");
  datasets::DatasetRequest request;
  request.name = set->name;
  request.data_folder = folder;
  const auto found = datasets::FindFiles(request);
  if (found.ok() && !found->front().extract) {
    SF_TRY(CheckFound(*origin, *found));
    fmt::print("{} is there already; 'sweepformer data inspect {}' looks into it\n", set->name,
               set->name);
    return kExitOk;
  }
  fs::path into = folder;
  if (found.ok()) {
    fmt::print("{}: only an extract is there, '{}'\n", set->name, found->front().Name());
    into = FolderOf(*origin, *found, folder);
  }
  fmt::print("licence: {}\ncite: {}\n", origin->licence, origin->citation);
  for (const fetch::Origin::File& file : origin->files) SF_TRY(FetchFile(file, into));
  SF_TRY(datasets::FindFiles(request).status());
  return kExitOk;
}

}  // namespace sweepformer::cli
