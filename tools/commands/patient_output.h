#pragma once

#include <string>
#include <string_view>

#include "orchestrator/core/unique_fd.h"

namespace sweepformer::cli {

/// Text for a terminal or a pipe that never makes its writer wait, though nobody reads: what is not
/// taken at once goes before what comes next. Not thread-safe.
class PatientOutput {
 public:
  /// `fd` must stay open. Others that have it are not made to see EAGAIN.
  explicit PatientOutput(int fd);

  /// Gives what is left at most a second.
  ~PatientOutput();
  PatientOutput(const PatientOutput&) = delete;
  PatientOutput& operator=(const PatientOutput&) = delete;

  /// Text beyond what may be kept (1 MiB) is dropped.
  void Write(std::string_view text);

 private:
  void WriteKept();

  int fd_;
  UniqueFd own_;      ///< of its own open file, that does not block; none where there cannot be one
  std::string kept_;  ///< not taken yet
};

}  // namespace sweepformer::cli
