#pragma once

#include <filesystem>

#include "orchestrator/core/unique_fd.h"

namespace sweepformer {

/// Keeps readers of a database in WAL mode from refusing one another. A connection that closes asks
/// for the whole file, lest it be the last one; it does not get it while ours is open, but until it
/// has gone SQLite refuses those that come ("database is locked"): of 16 polling sqlite3 shells one
/// in 80 was refused. A read lock on the byte that it asks for first turns it away at once.
///
/// Make the gate before the connection: when a descriptor of a file is closed, the process loses
/// all locks on it, SQLite's too.
class ReaderGate {
 public:
  /// Holds the lock as long as it lives; must end before the connection does, which else could not
  /// clear its log away. Make it once the connection has read. Where it cannot be had, nothing is
  /// different from before.
  class Hold {
   public:
    Hold(ReaderGate& gate, const std::filesystem::path& database);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    ReaderGate& gate_;
  };

 private:
  UniqueFd fd_;
};

}  // namespace sweepformer
