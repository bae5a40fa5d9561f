#include "tools/reading/status_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/times.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array kStates = {RunState::kSucceeded, RunState::kRunning,  RunState::kPending,
                                RunState::kFailed,    RunState::kCanceled, RunState::kAborted,
                                RunState::kStopped};
constexpr std::size_t kMostReasons = 5;

/// The first line of an error, cut to fit a terminal.
std::string Short(const std::string& error) {
  constexpr std::size_t kLongest = 100;
  std::string line = error.substr(0, error.find('\n'));
  if (line.size() <= kLongest) return line;
  std::size_t end = kLongest;
  while (end > 0 && (line[end] & 0xC0) == 0x80) --end;
  return line.substr(0, end) + "…";
}

std::string CountsText(const SweepStanding& standing) {
  const SweepProgress& progress = standing.progress;
  std::string text;
  for (const RunState state : kStates) {
    const std::int64_t count = progress.Count(state);
    if (count == 0) continue;
    const bool orphaned = standing.interrupted && state == RunState::kRunning;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count,
                        orphaned ? "interrupted" : Word(state));
    if (state == RunState::kSucceeded && progress.reused > 0) {
      text += fmt::format(" ({} reused)", progress.reused);
    }
  }
  return text.empty() ? "no run in the plan" : text;
}

std::string FailuresText(const SweepProgress& progress) {
  std::string text;
  const std::size_t shown = std::min(progress.failures.size(), kMostReasons);
  for (std::size_t i = 0; i < shown; ++i) {
    const FailureReason& reason = progress.failures[i];
    text += fmt::format("  {:<9} {} {}: {} (e.g. {})\n", "failed", reason.runs, reason.outcome,
                        reason.error.empty() ? "no words" : Short(reason.error),
                        reason.example.substr(0, 8));
  }
  if (shown < progress.failures.size()) {
    const auto others = static_cast<std::int64_t>(progress.failures.size() - shown);
    text += fmt::format("  {:<9} and {}; --json has all\n", "", Counted(others, "other reason"));
  }
  return text;
}

std::string SweepText(const SweepStanding& standing, std::int64_t now_ms) {
  const auto& [sweep, progress, interrupted] = standing;
  std::string text = sweep.name + (sweep.about.empty() ? "" : ": " + sweep.about) + "\n";
  const std::string probes =
      progress.probes > 0 ? fmt::format(" ({} of them probes)", progress.probes) : "";
  text += fmt::format("  {:<9} {}{} in {}: {}\n", "runs", progress.runs, probes,
                      Counted(progress.cells, "cell"), CountsText(standing));
  if (interrupted) {
    text += fmt::format("  {:<9} interrupted: {}\n", "", kOrchestratorGone);
  }
  if (progress.outside_plan > 0) {
    text += fmt::format(
        "  {:<9} {} outside the plan: the spec no longer names them, or the worker or the data "
        "are others since\n",
        "", progress.outside_plan);
  }
  if (progress.last_activity_ms) {
    text +=
        fmt::format("  {:<9} {} ({} ago)\n", "active", FormatTime(*progress.last_activity_ms),
                    FormatDuration(std::max<std::int64_t>(0, now_ms - *progress.last_activity_ms)));
  } else {
    text += fmt::format("  {:<9} never; added {}\n", "active", FormatTime(sweep.last_launched_ms));
  }
  return text + FailuresText(progress);
}

Json SweepJson(const SweepStanding& standing) {
  const auto& [sweep, progress, interrupted] = standing;
  Json states = Json::object();
  for (const RunState state : kStates) states[std::string(Word(state))] = progress.Count(state);
  Json failures = Json::array();
  for (const FailureReason& reason : progress.failures) {
    failures.push_back({{"outcome", reason.outcome},
                        {"error", reason.error},
                        {"runs", reason.runs},
                        {"example", reason.example}});
  }
  return {
      {"sweep", sweep.name},
      {"about", sweep.about},
      {"worker", sweep.worker},
      {"worker_version", sweep.worker_version},
      {"last_launched_ms", sweep.last_launched_ms},
      {"last_activity_ms", progress.last_activity_ms ? Json(*progress.last_activity_ms) : Json()},
      {"runs", progress.runs},
      {"probes", progress.probes},
      {"cells", progress.cells},
      {"reused", progress.reused},
      {"outside_plan", progress.outside_plan},
      {"states", states},
      {"interrupted", interrupted},
      {"failures", failures}};
}

}  // namespace

std::string StatusText(const std::vector<SweepStanding>& sweeps, std::int64_t now_ms) {
  if (sweeps.empty()) return "no sweep yet; `sweepformer run SPEC` adds one\n";
  std::string text;
  for (const SweepStanding& standing : sweeps) {
    text += (text.empty() ? "" : "\n") + SweepText(standing, now_ms);
  }
  return text;
}

std::string StatusJson(const std::vector<SweepStanding>& sweeps) {
  Json list = Json::array();
  for (const SweepStanding& standing : sweeps) list.push_back(SweepJson(standing));
  return Json{{"version", 1}, {"sweeps", list}, {"warnings", Json::array()}}.dump(
             2, ' ', false, Json::error_handler_t::replace) +
         "\n";
}

}  // namespace sweepformer
