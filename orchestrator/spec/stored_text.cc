#include "orchestrator/spec/stored_text.h"

#include <algorithm>

namespace sweepformer {
namespace {

constexpr std::string_view kMark = "# ---- included: ";
constexpr std::string_view kFolder = "\n# ---- folder: ";

/// Where the next marked line of `text` begins, or its end.
std::size_t FindMark(std::string_view text) {
  const std::string at_line_start = "\n" + std::string(kMark);
  const std::size_t found = text.find(at_line_start);
  return found == std::string_view::npos ? text.size() : found + 1;
}

/// Cuts everything up to `end` off the front of `text`.
std::string Take(std::string_view& text, std::size_t end) {
  std::string front(text.substr(0, end));
  text.remove_prefix(end);
  return front;
}

}  // namespace

std::string StoredText(const SpecFiles& files) {
  std::string text = files.text;
  for (const auto& [name, content] : files.included) {
    if (!text.ends_with('\n')) text += '\n';
    text += std::string(kMark) + name + "\n" + content;
  }
  return text;
}

SpecFiles SplitStoredText(std::string_view text) {
  SpecFiles files{Take(text, FindMark(text)), {}};
  while (!text.empty()) {
    text.remove_prefix(kMark.size());
    std::string name = Take(text, std::min(text.find('\n'), text.size()));
    text.remove_prefix(std::min<std::size_t>(1, text.size()));
    // The line break before a mark may be the mark's own line's: look from there.
    std::string content = text.starts_with(kMark) ? "" : Take(text, FindMark(text));
    files.included.emplace_back(std::move(name), std::move(content));
  }
  return files;
}

std::string FolderLine(const std::filesystem::path& folder) {
  return std::string(kFolder) + folder.string() + "\n";
}

std::filesystem::path StoredFolder(std::string_view text) {
  const std::size_t found = text.rfind(kFolder);
  if (found == std::string_view::npos) return {};
  text.remove_prefix(found + kFolder.size());
  return text.substr(0, text.find('\n'));
}

}  // namespace sweepformer
