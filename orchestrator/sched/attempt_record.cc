#include "orchestrator/sched/attempt_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "orchestrator/core/names.h"
#include "orchestrator/core/printable.h"

namespace sweepformer {
namespace {

std::string Shown(const Value& value) { return IsNull(value) ? "absent" : FormatJson(value); }

const Value& ValueIn(const Parameters& parameters, const std::string& name) {
  static const Value absent;
  const auto it = parameters.find(name);
  return it == parameters.end() ? absent : it->second;
}

/// The first parameter in which `echoed` is not what was asked for, in words; "" if there is none.
/// With `all`, what was not asked for and what is not echoed are differences too.
std::string FirstDifference(const Parameters& asked, const Parameters& echoed, bool all) {
  Parameters names = asked;
  names.insert(echoed.begin(), echoed.end());
  for (const auto& [name, unused] : names) {
    const Value wanted = Canonical(ValueIn(asked, name)), got = Canonical(ValueIn(echoed, name));
    const bool told = asked.contains(name) && echoed.contains(name);
    if (wanted != got && (all || told)) {
      return fmt::format("{} was to be {} and is {}", name, Shown(wanted), Shown(got));
    }
  }
  return "";
}

bool CanNameMetric(const std::string& name) {
  constexpr std::size_t kLongest = 200;
  return name.size() <= kLongest && std::none_of(name.begin(), name.end(), [](unsigned char c) {
           return c < 0x20 || c == 0x7f;
         });
}

std::string SignalWords(int number) {
  const char* name = sigabbrev_np(number);
  return name ? fmt::format("killed by SIG{}", name) : fmt::format("killed by signal {}", number);
}

std::string Mib(std::int64_t bytes) {
  return fmt::format("{:.1f} MiB", static_cast<double>(bytes) / (1 << 20));
}

/// The peak is the kernel's where it held the limit, else the most that was seen; not every kernel
/// tells one.
std::string OutOfMemoryWords(const EndedEvent& end) {
  const std::int64_t peak = end.peak_cgroup_bytes.value_or(end.peak_watched_bytes);
  std::string words = "out of memory: its limit is " + Mib(end.mem_limit_bytes.value_or(0));
  if (peak > 0) words += " and it had reached " + Mib(peak);
  return words + "; raise mem in [limits], or mem_factor in [retry]";
}

}  // namespace

void AttemptRecord::Object(const std::string& what) {
  constexpr std::size_t kMost = 4000;  // what more a worker has to say is for its log
  if (objection_.empty()) objection_ = Shortened(what, kMost);
}

void AttemptRecord::TakeHello(const HelloEvent& hello) {
  said_hello_ = true;
  if (!expected_.speaks_protocol || hello.version == expected_.worker_version) return;
  Object(
      fmt::format("the worker is of version {}, the plan was made for version {}; run the same "
                  "command again",
                  hello.version, expected_.worker_version));
}

void AttemptRecord::TakeConfig(const ConfigEvent& config) {
  said_config_ = true;
  const std::string difference =
      FirstDifference(expected_.parameters, config.parameters, expected_.speaks_protocol);
  if (!difference.empty()) {
    Object("the worker runs another configuration than it was asked to: " + difference);
  } else if (expected_.speaks_protocol && config.seed != expected_.seed) {
    Object(fmt::format("the worker uses seed {} where {} was asked", config.seed, expected_.seed));
  } else if (expected_.speaks_protocol && !config.data.empty() && config.data != expected_.data) {
    Object(
        fmt::format("the worker reads data of fingerprint {}, the run's id was made from {}: "
                    "they changed; run the same command again to go on with what they are now",
                    config.data, expected_.data.empty() ? "none" : expected_.data));
  }
}

void AttemptRecord::TakeNote(const NoteEvent& note) {
  constexpr std::size_t kMost = 1000;
  if (note.message.empty() || notes_.size() + note.message.size() > kMost) return;
  notes_ += (notes_.empty() ? "" : "; ") + PrintableLine(note.message);
}

std::optional<Measurement> AttemptRecord::TakeMetric(const MetricEvent& metric) {
  if (!CanNameMetric(metric.name)) {
    Object("a metric whose name has control characters or over 200 bytes; report it under another");
    return std::nullopt;
  }
  if (IsReservedName(metric.name) || expected_.parameter_names.contains(metric.name)) {
    Object(fmt::format("the metric '{}' has the name of a {}; report it under another name",
                       metric.name,
                       IsReservedName(metric.name) ? "column of the views" : "parameter"));
    return std::nullopt;
  }
  if (IsProbeMetric(metric.name) && expected_.kind != RunKind::kProbe) {
    Object(
        fmt::format("the metric '{}' has the name of a probe's figure; report it under another "
                    "name",
                    metric.name));
    return std::nullopt;
  }
  constexpr std::size_t kMostFinal = 10'000;
  if (!metric.step && final_metrics_.size() >= kMostFinal &&
      !final_metrics_.contains(metric.name)) {
    Object(
        fmt::format("over {} final metrics; report those that come often with a step", kMostFinal));
    return std::nullopt;
  }
  if (!metric.step) final_metrics_[metric.name] = metric.value;
  return Measurement{metric.name, metric.split, metric.step, metric.value};
}

std::optional<Measurement> AttemptRecord::Take(const Event& event) {
  if (const auto* metric = std::get_if<MetricEvent>(&event)) return TakeMetric(*metric);
  if (const auto* hello = std::get_if<HelloEvent>(&event)) TakeHello(*hello);
  if (const auto* config = std::get_if<ConfigEvent>(&event)) TakeConfig(*config);
  if (const auto* hits = std::get_if<TestHitsEvent>(&event)) test_hits_ = hits->hits;
  if (const auto* error = std::get_if<ErrorEvent>(&event)) Object(error->message);
  if (const auto* note = std::get_if<NoteEvent>(&event)) TakeNote(*note);
  if (std::holds_alternative<DoneEvent>(event)) said_done_ = true;
  return std::nullopt;
}

/// What a worker that ended well has left out.
std::string AttemptRecord::Incomplete() const {
  if (!expected_.speaks_protocol || (said_hello_ && said_config_ && said_done_)) return "";
  if (!said_hello_) return "the worker ended before it said hello";
  return said_config_ ? "the worker ended before it was done"
                      : "the worker did not say what it ran";
}

Verdict AttemptRecord::Judge(const EndedEvent& end) const {
  if (!end.exit_code && !end.signal)
    return {end.at_fault ? Outcome::kFailed : Outcome::kLost, end.error};
  if (end.out_of_memory) return {Outcome::kOutOfMemory, OutOfMemoryWords(end)};
  if (end.timed_out) {
    return {Outcome::kTimeout, end.exit_code == 0
                                   ? "it, or a process it had left, overran its time limit"
                                   : "it overran its time limit"};
  }
  const bool well = end.exit_code == 0 && objection_.empty() && Incomplete().empty();
  // Asked to stop, a program may well report what it has and exit with 0: only `done` tells.
  if (well && (!end.stopped || expected_.speaks_protocol)) return {};
  if (end.stopped) return {Outcome::kCanceled, "stopped on request"};
  std::string words = end.signal ? SignalWords(*end.signal) : "";
  if (end.exit_code && *end.exit_code != 0) words = fmt::format("exit code {}", *end.exit_code);
  const std::string& reason = objection_.empty() ? Incomplete() : objection_;
  if (words.empty()) {
    words = reason;
  } else if (!objection_.empty()) {
    words = objection_ + " (" + words + ")";
  } else if (!said_hello_ && expected_.speaks_protocol) {
    words = reason + " (" + words + ")";
  }
  return {end.signal ? Outcome::kCrashed : Outcome::kFailed, words};
}

std::string AttemptRecord::Disturbance() const {
  // What is lost of its time shows in its speed one to one.
  constexpr double kMostDelay = 0.02, kLeastCpu = 0.95;
  const auto figure = [&](const char* name) -> std::optional<double> {
    const auto it = final_metrics_.find(name);
    return it == final_metrics_.end() ? std::nullopt : std::optional(it->second);
  };
  if (const auto delay = figure("probe_run_delay_share"); delay && *delay > kMostDelay) {
    return fmt::format("it waited for a CPU for {:.1f} % of its time", 100 * *delay);
  }
  const auto cpu = figure("probe_cpu_share");  // several threads also wait for one another
  if (expected_.threads == 1 && cpu && *cpu < kLeastCpu) {
    return fmt::format("it computed for only {:.1f} % of its time", 100 * *cpu);
  }
  return "";
}

}  // namespace sweepformer
