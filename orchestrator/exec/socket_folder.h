#pragma once

#include <filesystem>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// Removes the sockets of attempts in `folder`, and `folder` itself if that leaves it empty: what
/// anyone else has put there stays.
void RemoveSocketFolder(const std::filesystem::path& folder);

/// A folder for the sockets of attempts, locked as long as this object lives. The keeper removes
/// it; what stays when it is killed in the same moment as the orchestrator, the next one removes.
class SocketFolder {
 public:
  /// In memory where that can be, as ext4 searches for an inode for each socket.
  static Result<SocketFolder> Make();

  /// A new folder in `place`, after those in it that nobody holds any more are removed.
  static Result<SocketFolder> MakeIn(const std::filesystem::path& place);

  const std::filesystem::path& path() const { return path_; }

 private:
  SocketFolder(std::filesystem::path path, UniqueFd lock)
      : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;
  UniqueFd lock_;
};

}  // namespace sweepformer
