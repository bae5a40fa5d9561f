#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// A place in a spec, counted from 1; line 0 stands for the command line.
struct Location {
  int line = 0;
  int column = 0;
  std::shared_ptr<const std::string> file = nullptr;  ///< its name, the spec's own too

  bool known() const { return line > 0; }
  Location Right(int columns) const {
    return known() ? Location{line, column + columns, file} : *this;
  }

  /// Of the byte `offset` of `text`, which begins here; this place if the text has several lines.
  Location Into(std::string_view text, std::size_t offset) const;
};

/// The texts of a spec and of what it includes, kept so that an error can show the line it is
/// about.
class SourceText {
 public:
  SourceText(std::string name, std::string_view text) { Add(std::move(name), text); }

  /// An included file. A name that is known already is the same file and adds nothing.
  void Add(std::string name, std::string_view text);

  /// To be called when an included file was read to its end: it counts after what it includes.
  void MoveLast(std::string_view name);

  /// Of the spec itself.
  const std::string& name() const { return files_.front().name; }

  /// InvalidArgument "name:line:col: message", followed by the line with a caret under the column.
  Status Error(const Location& where, std::string_view message) const;

  /// "name:line", or "the command line" where there is no place.
  std::string Describe(const Location& where) const;

  /// Whether `a` is read before `b`: the command line, the included files, the spec itself.
  bool IsBefore(const Location& a, const Location& b) const;

 private:
  struct File {
    std::string name;
    std::vector<std::string> lines;
  };

  std::size_t IndexOf(const Location& where) const;

  std::vector<File> files_;  ///< the spec itself, then what it includes in the order it was read
};

}  // namespace sweepformer
