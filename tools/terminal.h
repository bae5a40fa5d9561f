#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "orchestrator/core/unique_fd.h"

namespace sweepformer::testing {

/// What a terminal shows of the bytes written to it: as much of one as our screens use, which is
/// text, line ends, carriage returns and "erase to the end of the line".
class Screen {
 public:
  explicit Screen(std::size_t columns) : columns_(columns) {}

  void Write(const std::string& bytes);
  void Resize(std::size_t columns) { columns_ = columns; }

  /// Line by line, without blanks at their ends and empty lines at the end.
  std::string Text() const;

 private:
  void Put(char c);
  std::string& Row();

  std::size_t columns_;
  std::vector<std::string> rows_;
  std::size_t row_ = 0;
  std::size_t column_ = 0;
  std::string escape_;  ///< a sequence that is not whole yet
};

/// False, with a message, where no pseudo-terminal can be had: /dev/pts is not mounted.
bool CanOpenTerminals();

/// A command in a pseudo-terminal of its own, seen through a Screen.
class Terminal {
 public:
  Terminal(const std::string& shell_command, std::size_t columns);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// Reads until the screen shows `text`; false if it has not within 20 s or at the command's end.
  bool Shows(const std::string& text);

  void Resize(std::size_t columns);

  /// Reads to the end; the exit code, or -1.
  int Finish();

  const Screen& screen() const { return screen_; }
  const std::string& bytes() const { return bytes_; }  ///< all that was written

 private:
  bool ReadSome();

  UniqueFd master_;
  pid_t pid_ = -1;
  Screen screen_;
  std::string bytes_;
};

}  // namespace sweepformer::testing
