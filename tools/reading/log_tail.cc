#include "tools/reading/log_tail.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

constexpr std::size_t kMostLines = 10;
constexpr std::streamoff kMostBytes = 8192;

/// The file's last bytes, from the beginning of a line.
std::string EndOf(std::ifstream& file) {
  file.seekg(0, std::ios::end);
  const std::streamoff size = file.tellg(), from = std::max<std::streamoff>(0, size - kMostBytes);
  file.seekg(from);
  std::string text(static_cast<std::size_t>(std::max<std::streamoff>(0, size - from)), '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  const std::size_t line_end = text.find('\n');
  return from > 0 && line_end != std::string::npos ? text.substr(line_end + 1) : text;
}

}  // namespace

std::string LogTail(const std::filesystem::path& log, const std::string& indent) {
  std::ifstream file(log, std::ios::binary);
  if (!file) return "";
  std::istringstream text(EndOf(file));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) lines.push_back(PrintableLine(line));
  std::string tail;
  for (std::size_t i = lines.size() - std::min(lines.size(), kMostLines); i < lines.size(); ++i) {
    tail += indent + lines[i] + "\n";
  }
  return tail;
}

}  // namespace sweepformer
