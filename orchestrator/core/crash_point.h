#pragma once

#include <span>

#include "orchestrator/core/status.h"

namespace sweepformer {

/// Steps of a run's life at which SWEEPFORMER_CRASH_AT=NAME[:N] makes the process die as by kill
/// -9, for tests of what comes of it. Those named keeper-… are the keeper's, server-… the fork
/// server's and worker-… a run's own, in its first attempt: none would ever end otherwise.
enum class CrashPoint {
  kBeforeRecovery,
  kInRecovery,
  kAfterRecovery,
  kBeforeRegister,
  kInRegister,
  kAfterRegister,
  kBeforeBegin,
  kInBegin,
  kAfterBegin,
  kAfterStart,
  kBeforeAccepted,
  kAfterAccepted,
  kInEvent,
  kAfterEvent,
  kBeforeResult,
  kInResult,
  kAfterResult,
  kBeforeExit,
  kKeeperBeforeSpawn,
  kKeeperAfterSpawn,
  kKeeperBeforeReport,
  kKeeperAfterReport,
  kServerBeforeFork,
  kServerAfterFork,
  kWorkerBeforeHello,
  kWorkerAfterConfig,
  kWorkerInCheckpoint,
  kWorkerBeforeRename,
  kWorkerInRename,
  kWorkerAfterCheckpoint,
  kWorkerInWeights,
  kWorkerBeforeDone,
  kWorkerAfterDone,
};

struct CrashPointInfo {
  CrashPoint point;
  const char* name;
  const char* doc;
};

inline constexpr const char* kCrashVariable = "SWEEPFORMER_CRASH_AT";

/// All of them, in the order in which a sweep meets them.
std::span<const CrashPointInfo> CrashPoints();

/// From now on this process, and what it forks, dies at the step that SWEEPFORMER_CRASH_AT names,
/// at the N-th time (the first if it does not say). At none if it is unset or empty.
/// InvalidArgument, naming all steps, if there is no such step.
Status ArmCrashPoint();

namespace internal {
inline int armed_crash_point = -1;
void CountDownToCrash();
}  // namespace internal

/// A step has been reached. Costs a comparison.
inline void Reach(CrashPoint point) {
  if (internal::armed_crash_point == static_cast<int>(point)) [[unlikely]]
    internal::CountDownToCrash();
}

}  // namespace sweepformer
