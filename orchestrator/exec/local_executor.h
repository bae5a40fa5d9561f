#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "orchestrator/exec/cpu_shares.h"
#include "orchestrator/exec/energy_meter.h"
#include "orchestrator/exec/event_inlet.h"
#include "orchestrator/exec/executor.h"
#include "orchestrator/exec/keeper.h"
#include "orchestrator/exec/keeper_protocol.h"
#include "orchestrator/exec/log_pipe.h"
#include "orchestrator/exec/socket_folder.h"

namespace sweepformer {

/// Carries out attempts as processes of this machine, through a keeper. Each gets as many CPUs to
/// itself as it has threads, where there are enough. While it exists, SIGINT, SIGTERM and SIGHUP
/// are events. An attempt that overruns its time, or is asked to stop, has kGraceMs before its
/// whole tree is killed; one that is asked to stop and said that it writes checkpoints, as long as
/// writing one may take.
class LocalExecutor final : public Executor {
 public:
  static constexpr int kGraceMs = 500;
  static constexpr int kCheckpointGraceMs = 5000;

  /// What is limited in time and still has no process so long after its time is over never will.
  static constexpr int kStartPatienceMs = 60'000;

  /// That there was no process for the only attempt is told so much later: who starts it again at
  /// once gives what takes them all time to end.
  static constexpr int kRestMs = 1000;

  /// `lock` is a descriptor that the keeper and all workers inherit, or -1.
  static Result<std::unique_ptr<LocalExecutor>> Make(KeeperLink keeper, int lock);

  Status Start(const LaunchRequest& request) override;
  void Stop(std::int64_t attempt, StopHow how) override;
  Result<std::vector<ExecutorEvent>> Wait(int timeout_ms) override;

 private:
  /// What leads to and from a program.
  struct Ways {
    UniqueFd input;
    EventInlet inlet;
    LogPipe log;
  };

  struct Running {
    Running(EventInlet events, LogPipe output)
        : inlet(std::move(events)),
          log(std::move(output)),
          kept_open{inlet.TakeWriteEnd(), log.TakeWriteEnd()} {}

    EventInlet inlet;
    LogPipe log;
    /// The pipes' writing ends, lest each wakes the loop when the program lets go of it: the keeper
    /// says when all is over.
    std::array<UniqueFd, 2> kept_open;
    std::vector<int> cpus;
    std::int64_t timeout_ms = 0;              ///< its time limit, if it has one
    std::optional<std::int64_t> deadline_ms;  ///< steady clock: of its time limit
    std::optional<std::int64_t> kill_ms;      ///< when patience ends
    bool timed_out = false;
    bool stopped = false;
    std::optional<std::int64_t> mem_limit_bytes;
    std::optional<double> joules;  ///< the meter when it began, while no other has run beside it
    bool checkpoints = false;      ///< its worker said so
  };

  LocalExecutor(KeeperLink keeper, SocketFolder sockets, UniqueFd signals);

  std::filesystem::path SocketOf(std::int64_t attempt) const;
  Result<Ways> OpenWays(const LaunchRequest& request) const;
  Status Launch(const LaunchRequest& request, Ways ways);
  void Signal(std::int64_t attempt, int signal) const;
  void AskToEnd(std::int64_t attempt, Running& running, int grace_ms);
  int MsToNextDeadline(int timeout_ms) const;
  void EnforceDeadlines();
  void WaitForDescriptors(int timeout_ms) const;
  void TakeSignals();
  Status TakeReports();
  void TakeReport(const KeeperReport& report);
  void TakeStart(const StartedReport& started);
  void TellRested();
  EndedEvent EventOf(const EndedReport& end, const Running& running);
  void ReadMeter();
  void TakeEvents(std::int64_t attempt, Running& running, bool all);
  void TakeLog(std::int64_t attempt, const Status& written);

  KeeperLink keeper_;
  SocketFolder sockets_;  ///< which the keeper removes
  UniqueFd signals_;
  CpuShares cpus_;
  EnergyMeter meter_;
  std::int64_t meter_read_ms_ = 0;
  std::map<std::int64_t, Running> running_;
  std::vector<ExecutorEvent> events_;      ///< not yet handed out
  std::optional<EndedEvent> told_rested_;  ///< handed out when rested_ms_ has come
  std::int64_t rested_ms_ = 0;             ///< steady clock
};

}  // namespace sweepformer
