#pragma once

#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "orchestrator/sched/scheduler.h"
#include "tools/commands/patient_output.h"
#include "tools/planning/run_names.h"

namespace sweepformer::cli {

/// How much of a launch is shown, and on what.
enum class ScreenKind {
  kMovingLine,  ///< a terminal: one line that moves, above it what went wrong
  kPlainLines,  ///< a file or a pipe: one line per run
  kQuiet,       ///< nothing: the answer is for a script
};

/// What suits stderr: TERM=dumb, or none, is no terminal.
ScreenKind ScreenKindOf(bool for_script);

/// Shows the progress of a launch on stderr and remembers what went wrong.
class LaunchScreen final : public LaunchObserver {
 public:
  LaunchScreen(ScreenKind kind, RunNames names) : kind_(kind), names_(std::move(names)) {}
  ~LaunchScreen() override { ClearLine(); }

  void OnEnd(const TellEnd& end, const PlannedWork& work) override;
  void OnNote(const TellNote& note, const PlannedWork& work) override;
  void OnInterrupt(const TellInterrupt& interrupt) override;
  void OnProgress(const PlanCounts& counts, const Pace& pace) override;

  /// A line of its own, where lines are shown.
  void Print(const std::string& line);

  /// What failed or was odd, in words, in order.
  const std::vector<std::string>& troubles() const { return troubles_; }

 private:
  void ClearLine();

  PatientOutput screen_{STDERR_FILENO};  ///< a sweep goes on though nobody looks
  ScreenKind kind_;
  RunNames names_;
  std::string progress_;  ///< the line that moves
  std::string pending_;   ///< a plain line that waits for the counts it goes with
  std::vector<std::string> troubles_;
};

}  // namespace sweepformer::cli
