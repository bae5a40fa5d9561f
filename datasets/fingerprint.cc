#include "datasets/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <optional>

#include "datasets/catalog.h"
#include "datasets/source_files.h"
#include "orchestrator/core/clock.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/hash.h"

namespace sweepformer::datasets {
namespace {

Result<std::string> HashFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string buffer(std::size_t{1} << 20, '\0');
  Hasher hasher;
  while (file) {
    file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    hasher.Add({buffer.data(), static_cast<std::size_t>(file.gcount())});
  }
  if (!file.eof()) return IoError(fmt::format("{}: cannot read it", path.string()));
  return hasher.Hex();
}

/// A file changed this recently may change again within the same tick of its time stamp.
bool IsSettled(const FileStamp& stamp) { return WallMs() - stamp.mtime_ns / 1'000'000 > 2000; }

/// Of a folder the sizes of all files in it and the time of the latest change, of a file or of a
/// list of names.
Result<FileStamp> StampTree(const std::filesystem::path& path) {
  SF_ASSIGN(FileStamp all, StampFile(path));
  if (!std::filesystem::is_directory(path)) return all;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator entry(path, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    const auto stamp = StampFile(entry->path());
    if (!stamp.ok()) continue;  // a link to nowhere
    all.size_bytes += stamp->size_bytes;
    all.mtime_ns = std::max(all.mtime_ns, stamp->mtime_ns);
  }
  return all;
}

/// The content hash of a file or folder, from the cache if it has not changed since.
Result<std::string> ContentHash(const KnownSet& set, const std::filesystem::path& path) {
  SF_ASSIGN(const FileStamp stamp, StampTree(path));
  const std::string name = std::filesystem::absolute(path).lexically_normal().string();
  const auto entry = CacheFolder() / "fingerprints" / HashHex(name);
  const std::string key = fmt::format("{}\n{} {}\n", name, stamp.size_bytes, stamp.mtime_ns);
  const auto cached = ReadFile(entry);
  constexpr std::size_t kHexDigits = 32;
  if (cached.ok() && cached->size() == key.size() + kHexDigits && cached->starts_with(key))
    return cached->substr(key.size());
  SF_ASSIGN(std::string hash, set.hash_tree ? set.hash_tree(path) : HashFile(path));
  if (IsSettled(stamp)) static_cast<void>(WriteFileAtomic(entry, key + hash));
  return hash;
}

}  // namespace

Result<std::string> Fingerprint(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  std::string content = set->name + "\n";
  if (set->generate) content += set->generator(request) + "\n";
  SF_ASSIGN(const std::vector<SourceFile> files, FindFiles(request));
  for (const SourceFile& file : files) {
    SF_ASSIGN(const std::string hash, ContentHash(*set, file.path));
    // A tree is the same as folder and as archive.
    content += fmt::format("{} {}\n", hash, set->hash_tree ? set->name : file.role);
  }
  return HashHex(content);
}

}  // namespace sweepformer::datasets
