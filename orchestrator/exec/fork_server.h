#pragma once

#include <sys/types.h>

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "orchestrator/core/status.h"
#include "orchestrator/exec/packet_socket.h"
#include "orchestrator/exec/serve_protocol.h"

namespace sweepformer {

/// A request with the descriptors that go with it.
struct ServeOrder {
  ServeRequest request;
  std::vector<UniqueFd> fds;
};

/// The keeper's side of a worker that serves: the program is started at the first request, forks a
/// process for each, and is started again when it has died; what it had not answered then is asked
/// again. Its processes are the keeper's children, not its own, so it can die without them.
/// Never blocks, apart from starting the program.
class ForkServer {
 public:
  static constexpr int kMostFailures = 3;

  /// `command` is the program with its `--serve`; `kept_open` is inherited, -1: nothing is.
  ForkServer(std::vector<std::string> command, int kept_open)
      : command_(std::move(command)), kept_open_(kept_open) {}

  const std::vector<std::string>& command() const { return command_; }

  /// Queues the request; its reply comes from Exchange.
  void Ask(ServeOrder order);

  /// The request will not be answered any more. True if it was never handed over; else a process
  /// may exist, so the server is killed: what it says until then still comes.
  bool Withdraw(std::int64_t attempt);

  /// Hands over and takes in what can be; replies come back, at most one for each request.
  std::vector<ServeReply> Exchange();

  /// Withdrawn requests of which it is now known that no process was made.
  std::vector<std::int64_t> TakeWithdrawn() { return std::exchange(dropped_, {}); }

  /// Requests to be carried out otherwise: the program was started kMostFailures times and did not
  /// come to answer even one. Nothing is asked of it from then on.
  std::vector<ServeOrder> TakeUnservable();
  bool broken() const { return broken_; }

  /// Whether a process it has forked may be unknown as yet.
  bool AnyAsked() const { return !asked_.empty(); }

  /// To be polled for `events()`; -1 while there is no connection.
  int fd() const { return socket_.fd(); }
  short events() const;
  pid_t pid() const { return pid_; }

  /// It has been waited for: its number may be another's from now on.
  void Reaped() { pid_ = 0; }

 private:
  struct Asked {
    ServeOrder order;
    bool withdrawn = false;
  };

  Status StartProgram();
  void Kill() const;
  void SendQueued();
  bool TakeReplies(std::vector<ServeReply>& replies);
  void StartOver();

  std::vector<std::string> command_;
  int kept_open_;
  PacketSocket socket_;
  pid_t pid_ = 0;     ///< 0: it does not run
  int failures_ = 0;  ///< starts, one after the other, after which it died without an answer
  bool broken_ = false;
  std::deque<ServeOrder> queue_;         ///< not handed over yet
  std::map<std::int64_t, Asked> asked_;  ///< handed over, not answered yet
  std::vector<std::int64_t> dropped_;    ///< see TakeWithdrawn
};

}  // namespace sweepformer
