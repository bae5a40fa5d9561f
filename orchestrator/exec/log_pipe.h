#pragma once

#include <filesystem>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// What the processes of one attempt print: they write into a pipe, and what comes out of it goes
/// to a file, which is made with its folder once there is something to write: two folders and a
/// file for each run that prints nothing cost the orchestrator more than all else of its start
/// (ext4). Never blocks. Movable.
class LogPipe {
 public:
  /// A file that exists is appended to.
  static Result<LogPipe> Open(std::filesystem::path file);

  /// The writing end; to be taken once, and closed here as soon as the program has it.
  UniqueFd TakeWriteEnd() { return std::move(write_end_); }

  /// Becomes readable when something has been printed; -1 once nobody can print any more.
  int fd() const { return read_end_.get(); }

  /// Writes down what has come out, at most some 64 KiB, so that no program keeps the others
  /// waiting. IoError, once, if the file cannot be written; what is printed is then thrown away.
  Status Take();

  /// Writes down all that is left, once nobody can print any more.
  Status Finish();

 private:
  explicit LogPipe(std::filesystem::path file) : path_(std::move(file)) {}
  Result<bool> TakeSome();  ///< false: nothing came out
  Status Write(std::string_view text);

  std::filesystem::path path_;
  UniqueFd write_end_;
  UniqueFd read_end_;
  UniqueFd file_;
  bool failed_ = false;  ///< and said so
};

}  // namespace sweepformer
