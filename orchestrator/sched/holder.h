#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "orchestrator/core/status.h"
#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// Whether a file system lies on another machine: by its number, as statfs has it, and of FUSE,
/// whose number is one for all, by its name.
bool IsNetworkFileSystem(unsigned long number, std::string_view name);

/// The name of the file system on `device` ("8:1") in a text as /proc/self/mountinfo; "" if it is
/// not there.
std::string FileSystemName(const std::string& mounts, const std::string& device);

/// IoError for a store on a network file system, where neither locks nor SQLite's log can
/// be relied on.
Status CheckLocalDisk(const std::filesystem::path& store);

/// The right to write to a store: a lock on the file `<store>.lock`, in which the holder's host and
/// pid stand; links to the store lead to the same lock. Given up when the last copy of the
/// descriptor is closed; the keeper and the workers inherit one, so a holder that died still counts
/// until they have ended. Besides, as long as the holder itself lives, a lock on the store, whose
/// lock file may be removed and which may have another name (a hard link); an empty file is made
/// for it. To be acquired before SQLite opens the store and given up after SQLite has closed it:
/// when a descriptor of a file is closed, the process loses all of SQLite's locks on it.
class StoreHolder {
 public:
  /// Unavailable, naming host and pid, if another holder lives. A dead holder's keeper is given
  /// `patience_ms` to finish; what is left of its workers then, since the keeper died too, is
  /// killed. InvalidArgument for a name that SQLite does not take for a file's; IoError as
  /// CheckLocalDisk, or if the lock file cannot be made.
  static Result<StoreHolder> Acquire(const std::filesystem::path& store, int patience_ms = 2000);

  int fd() const { return lock_.get(); }  ///< for the keeper and the workers

 private:
  StoreHolder(UniqueFd lock, UniqueFd store) : lock_(std::move(lock)), store_(std::move(store)) {}

  UniqueFd lock_;
  UniqueFd store_;  ///< -1 where it cannot be locked; after lock_, to be closed before it
};

}  // namespace sweepformer
