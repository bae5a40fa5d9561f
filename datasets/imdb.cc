#include "datasets/imdb.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <iterator>
#include <map>
#include <optional>

#include "datasets/archive.h"
#include "datasets/lines.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {
namespace {

namespace fs = std::filesystem;

struct Folder {
  Part part;
  int label;
  const char* name;
};

constexpr Folder kFolders[] = {{Part::kTrain, 0, "train/neg"},
                               {Part::kTrain, 1, "train/pos"},
                               {Part::kTest, 0, "test/neg"},
                               {Part::kTest, 1, "test/pos"}};

/// What the name of a review's file says; ordered by folder and ID.
struct Name {
  std::size_t folder = 0;  ///< in kFolders
  std::int64_t id = 0;
  int stars = 0;

  auto operator<=>(const Name&) const = default;
};

/// Takes a number off the front of `text`.
template <typename Number>
bool TakeNumber(std::string_view& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return error == std::errc() && number >= 0;
}

/// "ID_STARS.txt"
bool ParseFile(std::string_view text, Name& name) {
  if (!TakeNumber(text, name.id) || !text.starts_with('_')) return false;
  text.remove_prefix(1);
  return TakeNumber(text, name.stars) && text == ".txt";
}

/// The name of a review, nothing for a file that is none. InvalidArgument for one that stands among
/// the reviews and is none, or whose stars are not of its folder.
Result<std::optional<Name>> NameOf(const fs::path& path, const std::string& source) {
  const std::string file = path.filename().string();
  if (file.starts_with('.')) return std::optional<Name>();  // what some systems add
  const fs::path above = path.parent_path();
  const std::string folder = (above.parent_path().filename() / above.filename()).generic_string();
  const auto known = std::find_if(std::begin(kFolders), std::end(kFolders),
                                  [&](const Folder& one) { return folder == one.name; });
  if (known == std::end(kFolders)) return std::optional<Name>();
  Name name;
  name.folder = static_cast<std::size_t>(known - std::begin(kFolders));
  if (!ParseFile(file, name))
    return InvalidArgument(fmt::format("{}: {} is not named ID_STARS.txt, as 12_8.txt is", source,
                                       Excerpt(path.generic_string())));
  const bool fits =
      known->label ? name.stars >= 7 && name.stars <= 10 : name.stars >= 1 && name.stars <= 4;
  if (fits) return std::optional(name);
  return InvalidArgument(fmt::format("{}: {}: {} stars are not of the side '{}'", source,
                                     Excerpt(path.generic_string()), name.stars, known->name));
}

/// Takes the content of a review.
using Visit = std::function<void(const Name& name, std::string content)>;

Status VisitArchive(const fs::path& path, const Visit& visit) {
  SF_ASSIGN(ArchiveReader archive, ArchiveReader::Open(path));
  for (;;) {
    SF_ASSIGN(const bool more, archive.Next());
    if (!more) return {};
    SF_ASSIGN(const std::optional<Name> name, NameOf(archive.name(), path.string()));
    if (!name) continue;
    SF_ASSIGN(std::string content, archive.Content(kLongestReview));
    visit(*name, std::move(content));
  }
}

Status VisitFile(const fs::directory_entry& entry, const Visit& visit) {
  SF_ASSIGN(const std::optional<Name> name, NameOf(entry.path(), entry.path().string()));
  if (!name) return {};
  SF_ASSIGN(const FileStamp stamp, StampFile(entry.path()));
  if (stamp.size_bytes > static_cast<std::uintmax_t>(kLongestReview))
    return InvalidArgument(
        fmt::format("{}: is larger than {} bytes", entry.path().string(), kLongestReview));
  SF_ASSIGN(std::string content, ReadFile(entry.path()));
  visit(*name, std::move(content));
  return {};
}

Status Unreadable(const fs::path& path, const std::error_code& error) {
  return IoError(fmt::format("{}: cannot be read: {}", path.string(), error.message()));
}

/// A folder that is not there is passed over.
Status VisitFolder(const fs::path& path, const Visit& visit) {
  for (const Folder& folder : kFolders) {
    std::error_code error;
    fs::directory_iterator entry(path / folder.name, error);
    if (error == std::errc::no_such_file_or_directory) continue;
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::error_code unknown;
      const bool is_file = entry->is_regular_file(unknown);
      if (unknown) return Unreadable(entry->path(), unknown);
      if (is_file) SF_TRY(VisitFile(*entry, visit));
    }
    if (error) return Unreadable(path / folder.name, error);
  }
  return {};
}

/// All reviews by name; none is missing.
Result<std::map<Name, std::string>> ReadAll(const fs::path& path) {
  std::map<Name, std::string> contents;
  std::int64_t twice = 0;
  const Visit visit = [&](const Name& name, std::string content) {
    twice += !contents.emplace(name, std::move(content)).second;
  };
  SF_TRY(fs::is_directory(path) ? VisitFolder(path, visit) : VisitArchive(path, visit));
  if (twice > 0)
    return InvalidArgument(fmt::format(
        "{}: {} reviews have the name of another; get the file again", path.string(), twice));
  for (std::size_t folder = 0; folder < std::size(kFolders); ++folder) {
    const auto first = contents.lower_bound({folder, 0, 0});
    if (first == contents.end() || first->first.folder != folder)
      return InvalidArgument(fmt::format(
          "{}: no review in '{}'; IMDb has {{train,test}}/{{neg,pos}}/ID_STARS.txt, so get the "
          "file again or name the folder that holds these",
          path.string(), kFolders[folder].name));
  }
  return contents;
}

}  // namespace

Result<std::vector<Review>> ReadImdb(const fs::path& path) {
  SF_ASSIGN(auto contents, ReadAll(path));
  std::vector<Review> reviews;
  reviews.reserve(contents.size());
  for (auto& [name, content] : contents) {
    const Folder& folder = kFolders[name.folder];
    reviews.push_back({"", std::move(content), folder.label, name.stars, "", folder.part});
  }
  return reviews;
}

Result<std::string> HashImdb(const fs::path& path) {
  SF_ASSIGN(const auto contents, ReadAll(path));
  Hasher hasher;
  for (const auto& [name, content] : contents) {
    hasher.Add(fmt::format("{}/{}_{} {}\n", kFolders[name.folder].name, name.id, name.stars,
                           content.size()));
    hasher.Add(content);
  }
  return hasher.Hex();
}

}  // namespace sweepformer::datasets
