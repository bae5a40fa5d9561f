#include "tools/reading/run_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "results/figure_scale.h"
#include "tools/reading/curve_text.h"
#include "tools/reading/orchestrator_watch.h"
#include "tools/reading/times.h"

namespace sweepformer {
namespace {

using Json = nlohmann::ordered_json;

std::string Head(const RunRecord& run, bool interrupted) {
  interrupted = interrupted && run.state == RunState::kRunning;
  std::string text = fmt::format("run {}\n", run.id);
  text += fmt::format("  {:<9} {}, seed {}, {} run\n", "state",
                      interrupted ? "interrupted" : Word(run.state), run.seed, run.kind);
  if (interrupted) text += fmt::format("  {:<9} {}\n", "", kOrchestratorGone);
  text += fmt::format("  {:<9} {}\n", "cell", run.cell);
  text += fmt::format("  {:<9} version {}\n", "worker", run.worker_version);
  if (!run.dataset_fingerprint.empty()) {
    text += fmt::format("  {:<9} fingerprint {}\n", "data", run.dataset_fingerprint);
  }
  if (!run.parent.empty()) text += fmt::format("  {:<9} {}\n", "parent", run.parent);
  for (const Membership& member : run.sweeps) {
    text += fmt::format("  {:<9} {}{}{}{}\n", "sweep", member.sweep,
                        member.label.empty() ? "" : fmt::format(" ({})", member.label),
                        member.in_plan ? "" : ", outside its plan now",
                        member.reused ? ", reused: it had succeeded before" : "");
  }
  return text;
}

std::string ParametersText(const RunRecord& run) {
  std::size_t width = 0;
  for (const auto& [name, value] : run.parameters) width = std::max(width, name.size());
  std::string text = "\nparameters\n";
  for (const auto& [name, value] : run.parameters) {
    text += fmt::format("  {:<{}}  {}\n", name, width, FormatValue(value));
  }
  return run.parameters.empty() ? "" : text;
}

std::string MetricsText(const RunRecord& run) {
  std::size_t width = 0;
  for (const FinalMetric& metric : run.metrics) width = std::max(width, metric.spec.name.size());
  std::string text = "\nfinal metrics\n";
  for (const auto& [spec, value] : run.metrics) {
    text += fmt::format("  {:<{}}  {}\n", spec.name, width, FormatFigure(value, spec.unit));
  }
  return run.metrics.empty() ? "" : text;
}

/// "exit code 3", "signal 9" or "".
std::string EndText(const AttemptRow& attempt) {
  if (attempt.signal) return fmt::format("signal {}", *attempt.signal);
  if (attempt.exit_code && *attempt.exit_code != 0) {
    return fmt::format("exit code {}", *attempt.exit_code);
  }
  return "";
}

std::string AttemptText(const AttemptRow& attempt, bool interrupted) {
  std::string text =
      fmt::format("  {}  {} on {}", attempt.number, FormatTime(attempt.started_ms), attempt.host);
  if (attempt.outcome) {
    const std::string end = EndText(attempt);
    text += fmt::format(", {}{} after {}", Word(*attempt.outcome),
                        end.empty() ? "" : fmt::format(" ({})", end),
                        FormatDuration(attempt.ended_ms.value_or(0) - attempt.started_ms));
  } else if (interrupted) {
    text += ", interrupted";
  } else {
    text += attempt.pid ? fmt::format(", running as pid {}", *attempt.pid) : ", being started";
  }
  text += "\n";
  if (!attempt.error.empty()) text += fmt::format("     error  {}\n", attempt.error);
  if (!attempt.note.empty()) text += fmt::format("     note   {}\n", attempt.note);
  return text + fmt::format("     log    {}\n", attempt.log_path);
}

std::string AttemptsText(const RunRecord& run, bool interrupted) {
  std::string text = "\nattempts\n";
  for (const AttemptRow& attempt : run.attempts) text += AttemptText(attempt, interrupted);
  return run.attempts.empty() ? "\nno attempt yet\n" : text;
}

std::string VerificationsText(const RunRecord& run) {
  std::string text = "\ncarried out again to verify the result\n";
  for (const Verification& one : run.verifications) {
    text += fmt::format("  {} on {}: {}\n", FormatTime(one.started_ms), one.host,
                        one.equal() ? "bit-equal" : "differs: " + one.difference);
    text += fmt::format("     log    {}\n", one.log_path);
  }
  return run.verifications.empty() ? "" : text;
}

Json ValueJson(const Value& value) { return Json::parse(FormatJson(value)); }

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

Json AttemptJson(const AttemptRow& attempt) {
  return {{"number", attempt.number},
          {"host", attempt.host},
          {"pid", OrNull(attempt.pid)},
          {"started_ms", attempt.started_ms},
          {"ended_ms", OrNull(attempt.ended_ms)},
          {"outcome", attempt.outcome ? Json(Word(*attempt.outcome)) : Json()},
          {"counts", attempt.counts},
          {"exit_code", OrNull(attempt.exit_code)},
          {"signal", OrNull(attempt.signal)},
          {"error", attempt.error},
          {"note", attempt.note},
          {"provenance", Json::parse(attempt.provenance_json, nullptr, false).is_discarded()
                             ? Json()
                             : Json::parse(attempt.provenance_json)},
          {"log_path", attempt.log_path}};
}

Json VerificationJson(const Verification& one) {
  return {{"host", one.host},
          {"started_ms", one.started_ms},
          {"ended_ms", one.ended_ms},
          {"equal", one.equal()},
          {"difference", one.equal() ? Json() : Json(one.difference)},
          {"log_path", one.log_path}};
}

Json CurveJson(const Curve& curve) {
  Json points = Json::array();
  for (const auto& [step, value] : curve.points) points.push_back({step, ValueJson(value)});
  return {{"metric", curve.metric}, {"split", curve.split}, {"points", points}};
}

Json MembersJson(const RunRecord& run) {
  Json sweeps = Json::array();
  for (const Membership& member : run.sweeps) {
    sweeps.push_back({{"sweep", member.sweep},
                      {"label", member.label},
                      {"in_plan", member.in_plan},
                      {"reused", member.reused}});
  }
  return sweeps;
}

}  // namespace

std::string RunText(const RunRecord& run, bool interrupted, const Page& page) {
  return Head(run, interrupted) + ParametersText(run) + MetricsText(run) + CurvesText(run, page) +
         AttemptsText(run, interrupted) + VerificationsText(run);
}

std::string RunJson(const RunRecord& run, bool interrupted) {
  Json parameters = Json::object();
  for (const auto& [name, value] : run.parameters) parameters[name] = ValueJson(value);
  Json metrics = Json::object();
  for (const auto& [spec, value] : run.metrics) {
    metrics[spec.name] = {{"value", ValueJson(value)}, {"unit", spec.unit}};
  }
  Json attempts = Json::array();
  for (const AttemptRow& attempt : run.attempts) attempts.push_back(AttemptJson(attempt));
  Json curves = Json::array();
  for (const Curve& curve : run.curves) curves.push_back(CurveJson(curve));
  Json verifications = Json::array();
  for (const Verification& one : run.verifications) verifications.push_back(VerificationJson(one));
  const Json json = {{"version", 1},
                     {"id", run.id},
                     {"cell", run.cell},
                     {"kind", run.kind},
                     {"seed", run.seed},
                     {"state", Word(run.state)},
                     {"interrupted", interrupted},
                     {"attempts_used", run.attempts_used},
                     {"worker_version", run.worker_version},
                     {"dataset_fingerprint", run.dataset_fingerprint},
                     {"parent", run.parent.empty() ? Json() : Json(run.parent)},
                     {"sweeps", MembersJson(run)},
                     {"parameters", parameters},
                     {"metrics", metrics},
                     {"attempts", attempts},
                     {"curves", curves},
                     {"verifications", verifications},
                     {"warnings", Json::array()}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace sweepformer
