#pragma once

#include <sys/types.h>

#include <utility>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/exec/packet_socket.h"
#include "orchestrator/exec/process_table.h"

namespace sweepformer {

/// How a limit on memory is held.
enum class MemoryControl {
  kCgroup,  ///< by a cgroup, where one may be made, else as kWatch
  kWatch,   ///< by looking at the processes a few times a second
};

/// The other side of a keeper: a tiny process that starts every program and outlives the
/// orchestrator just long enough to kill whatever it left behind (architecture.md, decision 7).
/// Orders go out and reports come in through `socket` (keeper_protocol.h).
class KeeperLink {
 public:
  /// Forks the keeper. Call it first of all, single-threaded and before files are opened: the
  /// keeper holds nothing but its socket, its memory stays small (a program's high-water mark
  /// begins with that of whoever forked it), and it ignores the terminal's signals.
  static Result<KeeperLink> Start(MemoryControl memory = MemoryControl::kCgroup);

  KeeperLink(KeeperLink&& other) noexcept
      : socket_(std::move(other.socket_)),
        pid_(std::exchange(other.pid_, 0)),
        before_(std::move(other.before_)) {}
  KeeperLink& operator=(KeeperLink&&) = delete;

  /// Closes the socket, upon which the keeper kills what is left and ends; waits for that.
  ~KeeperLink();

  /// Once the keeper has died: kills what it left, which has become this process's. Whatever its
  /// environment, it is in a session of its own; what is in ours, or was below us before the keeper
  /// was, is somebody else's.
  void KillLeftBehind() const;

  const PacketSocket& socket() const { return socket_; }
  pid_t pid() const { return pid_; }

 private:
  KeeperLink(PacketSocket socket, pid_t pid, std::vector<ProcessEntry> before)
      : socket_(std::move(socket)), pid_(pid), before_(std::move(before)) {}

  PacketSocket socket_;
  pid_t pid_;
  std::vector<ProcessEntry> before_;  ///< below this process when the keeper was forked
};

}  // namespace sweepformer
