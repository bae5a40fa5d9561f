#include "orchestrator/core/crash_point.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

constexpr std::array kCrashPoints = {
    CrashPointInfo{CrashPoint::kBeforeRecovery, "before-recovery", "the store is open"},
    CrashPointInfo{CrashPoint::kInRecovery, "in-recovery",
                   "a leftover is killed, its attempt not yet lost"},
    CrashPointInfo{CrashPoint::kAfterRecovery, "after-recovery", "a leftover attempt is lost"},
    CrashPointInfo{CrashPoint::kBeforeRegister, "before-register", "runs are planned"},
    CrashPointInfo{CrashPoint::kInRegister, "in-register", "runs are written, not committed"},
    CrashPointInfo{CrashPoint::kAfterRegister, "after-register", "runs are in the store"},
    CrashPointInfo{CrashPoint::kBeforeBegin, "before-begin", "a run is chosen"},
    CrashPointInfo{CrashPoint::kInBegin, "in-begin", "its attempt is written, not committed"},
    CrashPointInfo{CrashPoint::kAfterBegin, "after-begin", "its attempt is committed"},
    CrashPointInfo{CrashPoint::kKeeperBeforeSpawn, "keeper-before-spawn",
                   "the keeper has the order to start it"},
    CrashPointInfo{CrashPoint::kServerBeforeFork, "server-before-fork",
                   "the fork server has the order to start it"},
    CrashPointInfo{CrashPoint::kServerAfterFork, "server-after-fork",
                   "it is forked, the server has not said so"},
    CrashPointInfo{CrashPoint::kKeeperAfterSpawn, "keeper-after-spawn",
                   "it runs, the orchestrator does not know"},
    CrashPointInfo{CrashPoint::kAfterStart, "after-start", "the keeper was told to start it"},
    CrashPointInfo{CrashPoint::kBeforeAccepted, "before-accepted",
                   "it is known to run, its process not stored"},
    CrashPointInfo{CrashPoint::kAfterAccepted, "after-accepted", "its process is stored"},
    CrashPointInfo{CrashPoint::kWorkerBeforeHello, "worker-before-hello",
                   "it runs and has said nothing"},
    CrashPointInfo{CrashPoint::kWorkerAfterConfig, "worker-after-config",
                   "it has said what it runs"},
    CrashPointInfo{CrashPoint::kWorkerInCheckpoint, "worker-in-checkpoint",
                   "a checkpoint is written under a temporary name, not synced"},
    CrashPointInfo{CrashPoint::kWorkerBeforeRename, "worker-before-rename", "it is synced"},
    CrashPointInfo{CrashPoint::kWorkerInRename, "worker-in-rename",
                   "the last checkpoint is the previous one, the new one has no name"},
    CrashPointInfo{CrashPoint::kWorkerAfterCheckpoint, "worker-after-checkpoint",
                   "the new one is the last"},
    CrashPointInfo{CrashPoint::kWorkerInWeights, "worker-in-weights",
                   "its final weights are written under a temporary name"},
    CrashPointInfo{CrashPoint::kWorkerBeforeDone, "worker-before-done",
                   "its figures are said, its weights kept"},
    CrashPointInfo{CrashPoint::kWorkerAfterDone, "worker-after-done",
                   "it has said that it is done"},
    CrashPointInfo{CrashPoint::kInEvent, "in-event", "what it said is written, not committed"},
    CrashPointInfo{CrashPoint::kAfterEvent, "after-event", "what it said is stored"},
    CrashPointInfo{CrashPoint::kKeeperBeforeReport, "keeper-before-report",
                   "its tree has ended, the orchestrator does not know"},
    CrashPointInfo{CrashPoint::kKeeperAfterReport, "keeper-after-report",
                   "a report is sent: first that it runs, then that it ended"},
    CrashPointInfo{CrashPoint::kBeforeResult, "before-result", "its result is known, not stored"},
    CrashPointInfo{CrashPoint::kInResult, "in-result", "its result is written, not committed"},
    CrashPointInfo{CrashPoint::kAfterResult, "after-result", "its result is committed"},
    CrashPointInfo{CrashPoint::kBeforeExit, "before-exit", "all runs are done"},
};

int left_to_pass = 0;

const CrashPointInfo* Find(std::string_view name) {
  for (const CrashPointInfo& one : kCrashPoints) {
    if (name == one.name) return &one;
  }
  return nullptr;
}

Status UnknownStep(const std::string& text, std::string_view name) {
  std::vector<std::string> names;
  for (const CrashPointInfo& one : kCrashPoints) names.emplace_back(one.name);
  return InvalidArgument(fmt::format("{}={}: expected NAME or NAME:N{}; the names are {}",
                                     kCrashVariable, text, DidYouMean(name, names),
                                     JoinWords(names, "and", false)));
}

/// What stands behind the colon; 0 if it is no whole number from 1.
int CountIn(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  return error == std::errc() && end == text.data() + text.size() && count >= 1 ? count : 0;
}

}  // namespace

std::span<const CrashPointInfo> CrashPoints() { return kCrashPoints; }

Status ArmCrashPoint() {
  internal::armed_crash_point = -1;  // a process that was forked may be given another
  const char* const variable = std::getenv(kCrashVariable);
  const std::string text = variable ? variable : "";
  if (text.empty()) return {};
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  const int count =
      colon == std::string::npos ? 1 : CountIn(std::string_view(text).substr(colon + 1));
  const CrashPointInfo* const step = Find(name);
  if (!step || count == 0) return UnknownStep(text, name);
  internal::armed_crash_point = static_cast<int>(step->point);
  left_to_pass = count;
  return {};
}

void internal::CountDownToCrash() {
  if (--left_to_pass == 0) kill(getpid(), SIGKILL);
}

}  // namespace sweepformer
