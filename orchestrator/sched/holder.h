#pragma once

#include <filesystem>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// InvalidArgument for a store on a network file system, where neither locks nor SQLite's log can
/// be relied on.
Status CheckLocalDisk(const std::filesystem::path& store);

/// The right to write to a store: a lock on the file `<store>.lock`, in which the holder's host and
/// pid stand; links to the store lead to the same lock. Given up when the last copy of the
/// descriptor is closed; the keeper and the workers inherit one, so a holder that died still counts
/// until they have ended.
class StoreHolder {
 public:
  /// Unavailable, naming host and pid, if another holder lives. A dead holder's keeper is given
  /// `patience_ms` to finish; what is left of its workers then, since the keeper died too, is
  /// killed. InvalidArgument as CheckLocalDisk. IoError if the lock file cannot be made.
  static Result<StoreHolder> Acquire(const std::filesystem::path& store, int patience_ms = 2000);

  int fd() const { return fd_.get(); }

 private:
  explicit StoreHolder(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

}  // namespace sweepformer
