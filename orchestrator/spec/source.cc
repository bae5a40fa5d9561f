#include "orchestrator/spec/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

constexpr int kContext = 50;  ///< characters of a line that are shown on either side of a column

/// What is shown of a line, and what moves a caret under the column.
struct Excerpt {
  std::string text;
  std::string indent;
};

Excerpt ExcerptAround(std::string_view line, int column) {
  Excerpt excerpt;
  for (int at = 1; !line.empty(); ++at) {
    const std::size_t length = std::max<std::size_t>(1, Utf8Length(line));
    const std::string_view character = line.substr(0, length);
    line.remove_prefix(length);
    if (at > column + kContext) {
      excerpt.text += "...";
      break;
    }
    const bool is_cut = at < column - kContext;
    const std::string shown = at == column - kContext - 1 ? "..."
                              : is_cut                    ? ""
                                                          : Printable(character);
    excerpt.text += shown;
    if (at >= column) continue;
    const bool is_one = !is_cut && shown == character;
    excerpt.indent += shown == "\t" ? "\t" : std::string(is_one ? 1 : shown.size(), ' ');
  }
  return excerpt;
}

}  // namespace

Location Location::Into(std::string_view text, std::size_t offset) const {
  if (text.find('\n') != std::string_view::npos) return *this;
  const std::string_view before = text.substr(0, offset);
  return Right(static_cast<int>(std::count_if(before.begin(), before.end(),
                                              [](unsigned char c) { return (c & 0xC0) != 0x80; })));
}

void SourceText::Add(std::string name, std::string_view text) {
  const auto same = [&](const File& file) { return file.name == name; };
  if (std::any_of(files_.begin(), files_.end(), same)) return;
  File& file = files_.emplace_back(File{std::move(name), {}});
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    file.lines.emplace_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

void SourceText::MoveLast(std::string_view name) {
  const auto file = std::find_if(files_.begin() + 1, files_.end(),
                                 [&](const File& one) { return one.name == name; });
  if (file != files_.end()) std::rotate(file, file + 1, files_.end());
}

std::size_t SourceText::IndexOf(const Location& where) const {
  for (std::size_t i = 0; where.file && i < files_.size(); ++i)
    if (files_[i].name == *where.file) return i;
  return 0;
}

Status SourceText::Error(const Location& where, std::string_view message) const {
  if (!where.known()) return InvalidArgument(std::string(message));
  const File& file = files_[IndexOf(where)];
  std::string text = fmt::format("{}:{}:{}: {}", file.name, where.line, where.column, message);
  if (where.line <= static_cast<int>(file.lines.size())) {
    const Excerpt excerpt =
        ExcerptAround(file.lines[static_cast<std::size_t>(where.line - 1)], where.column);
    text += fmt::format("\n{:>5} | {}\n      | {}^", where.line, excerpt.text, excerpt.indent);
  }
  return InvalidArgument(text);
}

std::string SourceText::Describe(const Location& where) const {
  return where.known() ? fmt::format("{}:{}", files_[IndexOf(where)].name, where.line)
                       : "the command line";
}

bool SourceText::IsBefore(const Location& a, const Location& b) const {
  const auto rank = [&](const Location& where) {
    const std::size_t index = IndexOf(where);
    return std::tuple(where.known(), index == 0 ? files_.size() : index, where.line, where.column);
  };
  return rank(a) < rank(b);
}

}  // namespace sweepformer
