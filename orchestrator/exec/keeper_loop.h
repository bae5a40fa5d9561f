#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "orchestrator/core/unique_fd.h"
#include "orchestrator/exec/attempt_tree.h"
#include "orchestrator/exec/child_end.h"
#include "orchestrator/exec/fork_server.h"
#include "orchestrator/exec/keeper.h"
#include "orchestrator/exec/keeper_protocol.h"
#include "orchestrator/exec/kept_program.h"
#include "orchestrator/exec/memory_group.h"
#include "orchestrator/exec/packet_socket.h"
#include "orchestrator/exec/process_table.h"
#include "orchestrator/exec/report_queue.h"
#include "orchestrator/exec/tree_marks.h"

namespace sweepformer {

/// What the keeper does: carries out orders, waits for what it started, kills whole trees, reports.
/// One thread around one poll.
class KeeperLoop {
 public:
  /// `child_signals` becomes readable with every SIGCHLD.
  KeeperLoop(PacketSocket socket, UniqueFd child_signals, MemoryControl memory)
      : socket_(std::move(socket)),
        child_signals_(std::move(child_signals)),
        memory_groups_(memory == MemoryControl::kCgroup ? FindMemoryHierarchy() : std::nullopt),
        marks_(TreeMarks::OfThisProcess()) {}

  /// Serves until the other end of the socket is closed, and leaves nothing behind.
  void Run();

 private:
  void Serve();
  int PollMs(std::int64_t now_ms) const;
  void DrainSignals();
  void Reap();
  bool TakeEnd(pid_t pid, const ChildEnd& how);
  void TakeOrphansEnd(pid_t pid, pid_t session, const ChildEnd& how);
  bool TakeOrders();
  bool TakeOrder();
  void StartProgram(const StartOrder& order, std::vector<UniqueFd> fds);
  void Execute(const StartOrder& order, const std::vector<UniqueFd>& fds);
  bool AskServer(const StartOrder& order, std::vector<UniqueFd>& fds);
  void ExchangeWithServer();
  void TakeReply(const ServeReply& reply);
  bool IsNewChild(std::int64_t number) const;
  void KillMarked(std::int64_t attempt) const;
  void EndAsKilled(std::int64_t attempt);
  void EndAsTooLarge(std::int64_t attempt);
  void Began(std::int64_t attempt, pid_t pid);
  void ReportNotStarted(std::int64_t attempt, const Status& status);
  UniqueFd LimitMemory(std::int64_t attempt, std::int64_t limit_bytes);
  void StopProgram(const StopOrder& order);
  void TakeKin(KeptProgram& program);
  void Kill(std::int64_t attempt, KeptProgram& program);
  void EndTrees();
  TreeLook TakeLook() const;
  bool HasStranger() const;

  PacketSocket socket_;
  UniqueFd child_signals_;
  UniqueFd held_;
  std::string folder_;  ///< to be removed at the end
  ReportQueue reports_;
  MemoryGroups memory_groups_;
  TreeMarks marks_;
  KeptPrograms programs_;
  std::int64_t weigh_ms_ = 0;  ///< steady clock: when memory is to be looked at next
  std::unique_ptr<ForkServer> server_;
  std::map<std::int64_t, StartOrder> asked_;  ///< of the server, in case it cannot
  std::map<pid_t, ChildEnd> strays_;          ///< of what may yet be said to be a program
  std::vector<ProcessEntry> below_;           ///< this process, when last looked at for kin
  std::int64_t below_ms_ = 0;                 ///< steady clock: when that was
};

}  // namespace sweepformer
