#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/core/suggest.h"
#include "tools/reading/log_tail.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/run_text.h"
#include "tools/reading/times.h"

namespace sweepformer {
namespace {

/// What an outcome means, as the end of "Attempt 2 …".
std::string_view Meaning(Outcome outcome) {
  switch (outcome) {
    case Outcome::kCompleted: return "completed";
    case Outcome::kFailed: return "failed";  // in many ways, and its error tells which
    case Outcome::kCrashed: return "crashed: a signal that nobody of ours sent ended it";
    case Outcome::kTimeout: return "was stopped: it took longer than limits.timeout allows";
    case Outcome::kOutOfMemory: return "ran out of memory";
    case Outcome::kCanceled: return "was canceled on the user's request";
    case Outcome::kLost: return "was lost through no fault of its own";
  }
  return "";
}

std::string CodeText(const AttemptRow& attempt) {
  std::string code;
  if (attempt.signal) {
    code = fmt::format("signal {}", *attempt.signal);
  } else if (attempt.exit_code && *attempt.exit_code != 0) {
    code = fmt::format("exit code {}", *attempt.exit_code);
  }
  const bool repeated = attempt.error.find(code) != std::string::npos;
  return code.empty() || repeated ? "" : fmt::format(" ({})", code);
}

std::string AttemptSentence(const AttemptRow& attempt, const WhyContext& context) {
  if (!attempt.outcome && context.interrupted) {
    return fmt::format("Attempt {} was under way on {} when its orchestrator went.\n",
                       attempt.number, attempt.host);
  }
  if (!attempt.outcome) {
    return fmt::format(
        "Attempt {} has been under way on {} for {}{}.\n", attempt.number, attempt.host,
        FormatDuration(std::max<std::int64_t>(0, context.now_ms - attempt.started_ms)),
        attempt.pid ? fmt::format(", as pid {}", *attempt.pid) : "");
  }
  std::string text =
      fmt::format("Attempt {} {}{}", attempt.number, Meaning(*attempt.outcome), CodeText(attempt));
  if (!attempt.error.empty()) text += fmt::format(": {}", attempt.error);
  text += ".\n";
  if (!attempt.counts) text += "  It does not count against retry.attempts.\n";
  if (!attempt.note.empty()) text += fmt::format("  Note: {}.\n", attempt.note);
  return text;
}

/// Of a run that is pending while an orchestrator holds the store, when `run` would be refused.
constexpr std::string_view kWaitsForItsTurn =
    "It waits for its turn: the orchestrator that is running on this store has its slots, CPUs or "
    "memory taken by other runs. If that carries out another sweep, `sweepformer run` of its own "
    "goes on with it afterwards.\n";

std::string PendingSentence(const RunRecord& run, const WhyContext& context) {
  const bool has_parent_to_come =
      !run.parent.empty() && context.parent_state != RunState::kSucceeded;
  if (run.attempts.empty() && has_parent_to_come) {
    return fmt::format(
        "It starts from the weights of run {0} and waits until that has succeeded (sweepformer why "
        "{0}){1}.\n",
        run.parent.substr(0, 8),
        context.orchestrated ? "" : "; the same `sweepformer run` goes on with both");
  }
  if (!run.attempts.empty() && run.attempts.back().counts &&
      run.attempts.back().outcome == Outcome::kCompleted) {
    return "It had succeeded without keeping its weights, from which another run starts: it is run "
           "once more for them.\n";
  }
  const bool is_to_be_retried = !run.attempts.empty() && run.attempts.back().counts &&
                                run.attempts.back().outcome != Outcome::kCanceled;
  if (context.orchestrated && !is_to_be_retried) return std::string(kWaitsForItsTurn);
  if (run.attempts.empty()) {
    return "It waits for its first attempt: the same `sweepformer run` goes on with it.\n";
  }
  if (!is_to_be_retried) {
    return "It waits to be run again: the same `sweepformer run` goes on with it.\n";
  }
  return fmt::format("It is to be retried: {} of the attempts that [retry] allows {} used up.\n",
                     run.attempts_used, run.attempts_used == 1 ? "is" : "are");
}

/// Which of its two limits [retry] set the run.
std::string LimitText(const RunRecord& run, const std::optional<RetrySpec>& retry) {
  if (retry && !run.attempts.empty() && run.attempts.back().outcome) {
    const std::string outcome(Word(*run.attempts.back().outcome));
    if (std::find(retry->on.begin(), retry->on.end(), outcome) == retry->on.end()) {
      return fmt::format("its last attempt ended as '{}', and [retry] repeats {}", outcome,
                         retry->on.empty() ? "nothing" : "only " + JoinWords(retry->on, "and"));
    }
    if (run.attempts_used >= retry->attempts) {
      return fmt::format("{} counted, and [retry] allows {}", Counted(run.attempts_used, "attempt"),
                         retry->attempts);
    }
  }
  return fmt::format("{} counted, and [retry] allowed no more when it failed",
                     Counted(run.attempts_used, "attempt"));
}

std::string FailedSentence(const RunRecord& run, const WhyContext& context) {
  std::string text = fmt::format(
      "It is not run again by itself: {}. `sweepformer run SPEC --retry-failed` gives it a fresh "
      "budget.\n",
      LimitText(run, context.retry));
  if (run.attempts.empty()) return text;
  const std::string tail = LogTail(context.log, "  ");
  if (tail.empty()) return text + "Its worker printed nothing.\n";
  return text + fmt::format("Its worker's last words, in {}:\n{}", context.log.string(), tail);
}

std::string SucceededSentence(const RunRecord& run, const WhyContext& context) {
  if (run.attempts.empty() || run.attempts.back().outcome == Outcome::kCompleted) {
    return "It has succeeded, so it is not run again: any sweep that names the same "
           "configuration, "
           "seed, data and worker version reuses it.\n";
  }
  const bool is_under_way = run.under_way() && !context.interrupted;
  return fmt::format(
      "It has succeeded and its result stands. It {} once more for its weights, which it had not "
      "kept and from which another run starts{}.\n",
      is_under_way ? "is run" : "was run",
      is_under_way ? "" : ", in vain so far: the same `sweepformer run` tries again");
}

std::string AbortedSentence(const RunRecord& run, const WhyContext& context) {
  const bool lacks_weights = context.parent_state == RunState::kSucceeded;
  return fmt::format(
      "It was never started: the run it starts from, {0}, {1} (sweepformer why {0}).\n",
      run.parent.substr(0, 8),
      lacks_weights ? "had kept no weights, and they could not be made again; the same "
                      "`sweepformer run` tries again"
                    : "has not succeeded");
}

std::string StateSentence(const RunRecord& run, const WhyContext& context) {
  switch (run.state) {
    case RunState::kPending: return PendingSentence(run, context);
    case RunState::kRunning:
      return context.interrupted ? fmt::format("It is interrupted: {}.\n", kOrchestratorGone)
                                 : "It is running.\n";
    case RunState::kSucceeded: return SucceededSentence(run, context);
    case RunState::kFailed: return FailedSentence(run, context);
    case RunState::kCanceled: return "It was given up by a command of the user.\n";
    case RunState::kAborted: return AbortedSentence(run, context);
    case RunState::kStopped:
      return "It was ended early by a policy: its figures are partial and are not compared.\n";
  }
  return "";
}

std::string MembershipSentence(const Membership& member) {
  std::string text;
  if (member.reused) {
    text += fmt::format("In sweep '{}' it is reused: it had succeeded before the sweep named it.\n",
                        member.sweep);
  }
  if (!member.in_plan) {
    text += fmt::format(
        "In sweep '{}' it is skipped: {}. It is kept, and `compare` leaves it out.\n", member.sweep,
        member.replaced ? "the worker, the data or the run it starts from is another since"
                        : "the spec as last launched no longer names it");
  }
  return text;
}

std::string NanSentence(const RunRecord& run) {
  std::vector<std::string> names;
  for (const auto& [spec, value] : run.metrics) {
    if (value != value) names.push_back(spec.name);
  }
  if (names.empty()) return "";
  return fmt::format("It is flagged: {} {} NaN, which is in no mean.\n",
                     JoinWords(names, "and", false), names.size() == 1 ? "is" : "are");
}

std::string VerificationSentence(const RunRecord& run) {
  if (run.verifications.empty()) return "";
  const Verification& last = run.verifications.back();
  return fmt::format(
      "It was carried out again to verify its result, the last time on {} ({}): {}.\n", last.host,
      FormatTime(last.started_ms), last.equal() ? "bit-equal" : last.difference);
}

}  // namespace

std::string WhyText(const RunRecord& run, const WhyContext& context) {
  const bool is_interrupted = context.interrupted && run.state == RunState::kRunning;
  std::string text = fmt::format("Run {}, seed {}: {}.\n", run.id.substr(0, 8), run.seed,
                                 is_interrupted ? "interrupted" : Word(run.state));
  for (const AttemptRow& attempt : run.attempts) text += AttemptSentence(attempt, context);
  text += StateSentence(run, context);
  for (const Membership& member : run.sweeps) text += MembershipSentence(member);
  return text + VerificationSentence(run) + NanSentence(run);
}

std::string WhyJson(const RunRecord& run, const WhyContext& context) {
  using Json = nlohmann::ordered_json;
  Json sentences = Json::array();
  std::istringstream text(WhyText(run, context));
  for (std::string line; std::getline(text, line);) sentences.push_back(line);
  const Json last = run.attempts.empty() || !run.attempts.back().outcome
                        ? Json()
                        : Json(Word(*run.attempts.back().outcome));
  const Json json = {{"version", 1},
                     {"id", run.id},
                     {"seed", run.seed},
                     {"state", Word(run.state)},
                     {"interrupted", context.interrupted},
                     {"last_outcome", last},
                     {"attempts_used", run.attempts_used},
                     {"attempts_allowed", context.retry ? Json(context.retry->attempts) : Json()},
                     {"retry_on", context.retry ? Json(context.retry->on) : Json()},
                     {"sentences", sentences},
                     {"warnings", Json::array()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sweepformer
