#include "tools/commands/launch_screen.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "orchestrator/core/printable.h"
#include "tools/commands/common.h"

namespace sweepformer::cli {
namespace {

std::size_t TerminalColumns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Workers' words may have several lines and anything in them.
std::string OneLine(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return PrintableLine(text);
}

std::string EndWords(const TellEnd& end, const PlannedWork& work) {
  const std::string took = ShortDuration(static_cast<double>(end.took_ms) / 1000);
  if (end.outcome == Outcome::kCompleted && !end.disturbance.empty()) {
    const bool again = end.next_state == RunState::kPending;
    return fmt::format("disturbed: {}; {}", end.disturbance,
                       again ? "will be measured again" : "its figures are kept and flagged");
  }
  if (end.outcome == Outcome::kCompleted) return "succeeded in " + took;
  std::string words = fmt::format("{} after {}", Word(end.outcome), took);
  if (!end.error.empty()) words += ": " + end.error;
  if (end.next_state == RunState::kPending && end.outcome != Outcome::kCanceled) {
    words += "; will be tried again";
  }
  if (end.next_state == RunState::kFailed && work.has_result) {
    words += "; its result of before stands, but its weights could not be made again";
  }
  if (end.aborted > 0) {
    words += fmt::format(
        "; {} from it {} given up",
        end.aborted == 1 ? "the run that starts" : fmt::format("{} runs that start", end.aborted),
        end.aborted == 1 ? "is" : "are");
  }
  return words;
}

}  // namespace

ScreenKind ScreenKindOf(bool for_script) {
  if (for_script) return ScreenKind::kQuiet;
  return LinesMove() ? ScreenKind::kMovingLine : ScreenKind::kPlainLines;
}

void LaunchScreen::Print(const std::string& line) {
  if (kind_ == ScreenKind::kQuiet) return;
  ClearLine();
  screen_.Write(OneLine(line) + "\n");
}

void LaunchScreen::ClearLine() {
  if (progress_.empty() || kind_ != ScreenKind::kMovingLine) return;
  screen_.Write("\r\x1b[K");
  progress_.clear();
}

void LaunchScreen::OnEnd(const TellEnd& end, const PlannedWork& work) {
  const std::string line = fmt::format("{}  {}  {}", work.config.id().substr(0, 8),
                                       names_.RunName(work), EndWords(end, work));
  const bool well = end.outcome == Outcome::kCompleted && end.disturbance.empty();
  if (!well) troubles_.push_back(line);
  if (kind_ == ScreenKind::kPlainLines) {
    if (!pending_.empty()) Print(pending_);
    pending_ = line;
  } else if (!well) {
    Print(line);
  }
}

void LaunchScreen::OnNote(const TellNote& note, const PlannedWork& work) {
  troubles_.push_back(
      fmt::format("{}  {}  {}", work.config.id().substr(0, 8), names_.RunName(work), note.text));
  Print(troubles_.back());
}

void LaunchScreen::OnInterrupt(const TellInterrupt& interrupt) {
  if (interrupt.again) {
    Print("killing what runs");
  } else {
    Print("stopping: nothing new is started, what runs is asked to end; once more kills it");
  }
}

void LaunchScreen::OnProgress(const PlanCounts& counts, const Pace& pace) {
  const std::string line = ProgressLine(counts, pace);
  if (kind_ == ScreenKind::kPlainLines && !pending_.empty()) {
    Print(fmt::format("[{}]  {}", line, pending_));
    pending_.clear();
  }
  if (kind_ != ScreenKind::kMovingLine || line == progress_) return;
  ClearLine();
  progress_ = line;
  screen_.Write("\r\x1b[K" + line.substr(0, TerminalColumns() - 1));
}

}  // namespace sweepformer::cli
