#include "tools/reading/log_tail.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string_view>
#include <vector>

#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

constexpr std::size_t kMostLines = 10;
constexpr std::streamoff kMostBytes = 8192;

/// The file's last bytes, from the beginning of a line if one that holds anything begins there.
std::string EndOf(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg(), from = std::max<std::streamoff>(0, size - kMostBytes);
  file.seekg(from);
  std::string text(static_cast<std::size_t>(std::max<std::streamoff>(0, size - from)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const std::size_t line_end = text.find('\n');
  const bool is_followed = line_end < text.find_last_not_of('\n');
  return from > 0 && is_followed ? text.substr(line_end + 1) : text;
}

/// What a terminal shows of a line in the end: a progress bar is drawn over itself.
std::string_view LastDrawn(std::string_view line) {
  line = line.substr(0, line.find_last_not_of('\r') + 1);
  return line.substr(line.rfind('\r') + 1);
}

}  // namespace

std::string LogTail(const std::filesystem::path& log, const std::string& indent) {
  std::ifstream file(log, std::ios::binary);
  if (!file) return "";
  std::istringstream text(EndOf(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(PrintableLine(LastDrawn(line)));
  std::string tail;
  for (std::size_t i = lines.size() - std::min(lines.size(), kMostLines); i < lines.size(); ++i) {
    tail += indent + lines[i] + "\n";
  }
  return tail;
}

}  // namespace sweepformer
