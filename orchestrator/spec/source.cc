#include "orchestrator/spec/source.h"

#include <fmt/format.h>

#include <algorithm>

namespace sweepformer {

SourceText::SourceText(std::string name, std::string_view text) : name_(std::move(name)) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Status SourceText::Error(Location where, std::string_view message) const {
  if (!where.known()) return InvalidArgument(std::string(message));
  std::string text = fmt::format("{}:{}:{}: {}", name_, where.line, where.column, message);
  if (where.line <= static_cast<int>(lines_.size())) {
    const std::string& line = lines_[static_cast<std::size_t>(where.line - 1)];
    std::string indent = line.substr(0, static_cast<std::size_t>(std::max(0, where.column - 1)));
    std::replace_if(
        indent.begin(), indent.end(), [](char c) { return c != '\t'; }, ' ');
    text += fmt::format("\n{:>5} | {}\n      | {}^", where.line, line, indent);
  }
  return InvalidArgument(text);
}

std::string SourceText::Describe(Location where) const {
  return where.known() ? fmt::format("{}:{}", name_, where.line) : "the command line";
}

}  // namespace sweepformer
