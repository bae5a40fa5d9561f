#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// A place in a spec, counted from 1; line 0 stands for the command line.
struct Location {
  int line = 0;
  int column = 0;

  bool known() const { return line > 0; }
  Location Right(int columns) const { return known() ? Location{line, column + columns} : *this; }
};

/// The text of a spec, kept so that an error can show the line it is about.
class SourceText {
 public:
  SourceText(std::string name, std::string_view text);

  const std::string& name() const { return name_; }

  /// InvalidArgument "name:line:col: message", followed by the line with a caret under the column.
  Status Error(Location where, std::string_view message) const;

  /// "name:line", or "the command line" where there is no place.
  std::string Describe(Location where) const;

 private:
  std::string name_;
  std::vector<std::string> lines_;
};

}  // namespace sweepformer
