#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// What the processes of one attempt print: they write into a pipe, and what comes out of it goes
/// to a file, which is made with its folder once there is something to write: two folders and a
/// file for each run that prints nothing cost the orchestrator more than all else of its start
/// (ext4). So that no program fills the disk, only the first kMostBytes are written as they come;
/// of the rest the last kLastBytes follow at the end. Never blocks. Movable.
class LogPipe {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20;
  static constexpr std::size_t kLastBytes = 8192;

  /// A file that exists is appended to; what it holds does not count among `most_bytes`.
  static Result<LogPipe> Open(std::filesystem::path file, std::size_t most_bytes = kMostBytes);

  /// The writing end; to be taken once, and closed here as soon as the program has it.
  UniqueFd TakeWriteEnd() { return std::move(write_end_); }

  /// Becomes readable when something has been printed; -1 once nobody can print any more.
  int fd() const { return read_end_.get(); }

  /// Writes down what has come out, at most some 64 KiB, so that no program keeps the others
  /// waiting. IoError, once, if the file cannot be written; what is printed is then thrown away.
  /// IoError, once, if it is too much to be kept whole.
  Status Take();

  /// Writes down all that is left and is to be kept, once nobody can print any more.
  Status Finish();

 private:
  LogPipe(std::filesystem::path file, std::size_t most_bytes)
      : path_(std::move(file)), most_bytes_(most_bytes), room_(most_bytes) {}
  Result<bool> TakeSome();  ///< false: nothing came out
  Status Keep(std::string_view text);
  void KeepLast(std::string_view text);
  Status WriteLast();
  Status Write(std::string_view text);

  std::filesystem::path path_;
  std::size_t most_bytes_;
  std::size_t room_;              ///< how many of them are left
  std::size_t beyond_bytes_ = 0;  ///< that came when there was no room
  std::string last_;              ///< of those
  UniqueFd write_end_;
  UniqueFd read_end_;
  UniqueFd file_;
  bool failed_ = false;  ///< and said so
};

}  // namespace sweepformer
