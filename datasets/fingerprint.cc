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
#include "orchestrator/core/value.h"

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
  constexpr auto kLinksToo = std::filesystem::directory_options::follow_directory_symlink;
  for (std::filesystem::recursive_directory_iterator entry(path, kLinksToo, error);
       !error && entry != std::filesystem::recursive_directory_iterator(); entry.increment(error)) {
    constexpr int kDeepest = 2;  // no set of files lies deeper, and links may lead in circles
    if (entry.depth() >= kDeepest) entry.disable_recursion_pending();
    const auto stamp = StampFile(entry->path());
    if (!stamp.ok()) continue;  // a link to nowhere
    all.size_bytes += stamp->size_bytes;
    all.mtime_ns = std::max(all.mtime_ns, stamp->mtime_ns);
  }
  return all;
}

Result<std::string> HashMember(const SourceFile& file) {
  SF_ASSIGN(const auto stream, OpenSource(file));
  std::string buffer(std::size_t{1} << 20, '\0');
  Hasher hasher;
  for (;;) {
    SF_ASSIGN(const std::size_t count, stream->Read(buffer.data(), buffer.size()));
    if (count == 0) return hasher.Hex();
    hasher.Add({buffer.data(), count});
  }
}

Result<std::string> HashSource(const KnownSet& set, const SourceFile& file) {
  if (set.hash_tree) return set.hash_tree(file.path);
  return file.member.empty() ? HashFile(file.path) : HashMember(file);
}

/// The content hash of a file or folder, from the cache if it has not changed since.
Result<std::string> ContentHash(const KnownSet& set, const SourceFile& file) {
  const std::filesystem::path& path = file.path;
  SF_ASSIGN(const FileStamp stamp, StampTree(path));
  std::string name = std::filesystem::absolute(path).lexically_normal().string();
  if (!file.member.empty()) name += ": " + file.member;
  const auto entry = CacheFolder() / "fingerprints" / HashHex(name);
  const std::string key = fmt::format("{}\n{} {}\n", name, stamp.size_bytes, stamp.mtime_ns);
  const auto cached = ReadFile(entry);
  constexpr std::size_t kHexDigits = 32;
  if (cached.ok() && cached->size() == key.size() + kHexDigits && cached->starts_with(key))
    return cached->substr(key.size());
  SF_ASSIGN(std::string hash, HashSource(set, file));
  if (IsSettled(stamp)) static_cast<void>(WriteFileAtomic(entry, key + hash));
  return hash;
}

/// "" where the publisher has made no split.
std::string_view PartMark(Part part) {
  switch (part) {
    case Part::kNone: return "";
    case Part::kTrain: return " train";
    case Part::kTest: return " test";
  }
  return "";
}

std::string ColumnsOf(const CustomColumns& columns) {
  std::string text = fmt::format("format {}\n", static_cast<int>(columns.format));
  const auto add = [&](std::string_view name, const std::string& value) {
    text += fmt::format("{} {}\n", name, QuoteJson(value));
  };
  if (columns.title) add("title", *columns.title);
  if (columns.body) add("body", *columns.body);
  if (columns.separator) add("separator", *columns.separator);
  add("label", columns.label);
  for (const std::string& words : columns.classes) add("class", words);
  for (const std::string& word : columns.dropped) add("dropped", word);
  return text;
}

/// What else of the request decides the reviews, as far as it is not what it always was.
std::string ChoicesOf(const KnownSet& set, const DatasetRequest& request) {
  std::string choices;
  const auto add = [&](std::string_view name, auto choice) {
    if (static_cast<int>(choice) != 0)
      choices += fmt::format("{} {}\n", name, static_cast<int>(choice));
  };
  if (set.has_stars) add("star_classes", request.star_classes);
  if (set.has_titles) add("empty_title", request.empty_title);
  // Before, each way of showing images parted them anew: other reviews to train on.
  if (set.name == kMnist) add("mnist_image of the plain parts", request.mnist_image);
  if (set.name == kCustom) choices += ColumnsOf(request.custom);
  return choices;
}

}  // namespace

Result<std::string> Fingerprint(const DatasetRequest& request) {
  SF_ASSIGN(const KnownSet* set, FindSet(request.name));
  std::string content = set->name + "\n";
  if (set->generate) content += set->generator(request) + "\n";
  SF_ASSIGN(const std::vector<SourceFile> files, FindFiles(request));
  for (const SourceFile& file : files) {
    SF_ASSIGN(const std::string hash, ContentHash(*set, file));
    // A tree is the same as folder and as archive.
    content +=
        fmt::format("{} {}{}\n", hash, set->hash_tree ? set->name : file.role, PartMark(file.part));
  }
  if (!request.second_test.empty()) {
    SF_ASSIGN(const std::string second, Fingerprint(SecondTestOf(request)));
    content += fmt::format("second test {}\n", second);
  }
  return HashHex(content + ChoicesOf(*set, request));
}

}  // namespace sweepformer::datasets
