#include "orchestrator/sched/reactor.h"

#include <fmt/format.h>

#include <algorithm>

#include "orchestrator/sched/memory_terms.h"
#include "orchestrator/sched/retry_policy.h"

namespace sweepformer {
namespace {

/// Whether an execution that ended so counts against the attempts a run is allowed: what the user
/// interrupted does not.
bool IsCounted(Outcome outcome) { return outcome != Outcome::kCanceled; }

}  // namespace

Reactor::Reactor(Plan plan, std::vector<int> used, ResourcePool pool, RetrySpec retry)
    : plan_(std::move(plan)),
      used_(std::move(used)),
      pool_(std::move(pool)),
      retry_(std::move(retry)) {
  for (std::size_t run = 0; run < plan_.size(); ++run) {
    cells_[plan_.work(run).config.cell()].push_back(run);
  }
}

void Reactor::LearnPeak(const std::string& cell, double peak_bytes) {
  double& known = peaks_[cell];
  if (peak_bytes <= known) return;
  known = peak_bytes;
  AdmitBy(cell, known, /*limited_too=*/true);
}

void Reactor::ExpectPeak(const std::string& cell, double peak_bytes) {
  if (!peaks_.contains(cell)) AdmitBy(cell, peak_bytes, /*limited_too=*/false);
}

/// Has those runs of the cell that are still to come wait for so much memory.
void Reactor::AdmitBy(const std::string& cell, double peak_bytes, bool limited_too) {
  const auto runs = cells_.find(cell);
  if (runs == cells_.end()) return;
  std::map<const LaunchTerms*, std::shared_ptr<const LaunchTerms>> renewed;  // runs share them
  for (const std::size_t run : runs->second) {
    if (plan_.state(run) != RunState::kPending || ran_out_.contains(run)) continue;
    const auto terms = plan_.work(run).terms;
    if (terms->limits.mem_bytes && !limited_too) continue;
    auto& now = renewed[terms.get()];
    if (!now) {
      now = std::make_shared<const LaunchTerms>(
          WithKnownPeak(*terms, peak_bytes, pool_.Total("mem")));
    }
    plan_.SetTerms(run, now);
  }
}

void Reactor::RanOut(std::size_t run, double held) {
  ran_out_.insert(run);
  plan_.SetTerms(run, std::make_shared<const LaunchTerms>(WithMoreMemory(
                          *plan_.work(run).terms, held, retry_.mem_factor, pool_.Total("mem"))));
}

std::optional<std::size_t> Reactor::NextRun() const {
  if (signal_ || AnyAhead()) return std::nullopt;
  return plan_.FindWork(pool_);
}

std::optional<std::size_t> Reactor::NextAhead() const {
  if (signal_ || running_.empty() || short_lately_ < kMostlyShort) return std::nullopt;
  ResourcePool pool = pool_;  // as it will be once one like the last has ended
  pool.Give(given_);
  return plan_.FindWork(pool);
}

void Reactor::BeganAhead(std::size_t run, const AttemptTicket& ticket) {
  plan_.SetState(run, RunState::kRunning);
  ahead_.push_back({run, ticket});
}

std::optional<BegunAttempt> Reactor::TakeAhead() {
  if (signal_ || ahead_.empty() || !pool_.Fits(plan_.work(ahead_.front().run).terms->need)) {
    return std::nullopt;
  }
  BegunAttempt next = std::move(ahead_.front());
  ahead_.pop_front();
  return next;
}

std::vector<BegunAttempt> Reactor::TakeBackAhead() {
  short_lately_ = 0;
  std::vector<BegunAttempt> back{ahead_.begin(), ahead_.end()};
  ahead_.clear();
  for (const BegunAttempt& one : back) {
    plan_.SetState(one.run, RunState::kPending);
    const std::string& cell = plan_.work(one.run).config.cell();
    const auto peak = peaks_.find(cell);
    if (peak != peaks_.end()) AdmitBy(cell, peak->second, /*limited_too=*/true);
  }
  return back;
}

PlanCounts Reactor::Counts() const {
  PlanCounts counts = plan_.Counts();
  const int ahead = static_cast<int>(ahead_.size());
  counts.running -= ahead;
  counts.left += ahead;
  return counts;
}

void Reactor::Began(std::size_t run, const AttemptTicket& ticket, Expectation expected,
                    std::int64_t now_ms) {
  plan_.SetState(run, RunState::kRunning);
  const Resources& need = plan_.work(run).terms->need;
  pool_.Take(need);
  running_.emplace(ticket.key, Running{run, ticket.number, now_ms, need,
                                       AttemptRecord(std::move(expected)), "", 0});
}

std::vector<Action> Reactor::Apply(const ExecutorEvent& event, std::int64_t now_ms) {
  return std::visit([&](const auto& one) { return On(one, now_ms); }, event);
}

std::vector<Action> Reactor::On(const AcceptedEvent& event, std::int64_t) {
  const auto it = running_.find(event.attempt);
  if (it == running_.end()) return {};
  return {StoreProcess{event.attempt, event.pid, event.process_start, it->second.began_ms}};
}

std::vector<Action> Reactor::On(const ReportedEvent& event, std::int64_t) {
  const auto it = running_.find(event.attempt);
  if (it == running_.end()) return {};
  if (const auto* config = std::get_if<ConfigEvent>(&event.event);
      config && !config->provenance_json.empty()) {
    it->second.record.Take(event.event);
    return {StoreProvenance{event.attempt, config->provenance_json}};
  }
  auto measurement = it->second.record.Take(event.event);
  if (!measurement) return {};
  return {StoreMeasurement{event.attempt, std::move(*measurement)}};
}

std::vector<Action> Reactor::On(const NotedEvent& event, std::int64_t) {
  const auto it = running_.find(event.attempt);
  if (it == running_.end()) return {};
  Running& running = it->second;
  if (++running.notes > 1) return {};  // one is told, the rest is counted
  running.first_note = event.text;
  return {TellNote{running.run, running.first_note}};
}

std::vector<Action> Reactor::On(const LingeringEvent& event, std::int64_t) {
  const auto it = running_.find(event.attempt);
  if (it == running_.end()) return {};
  const std::string name = event.name.empty() ? "" : " (" + event.name + ")";
  return {TellNote{
      it->second.run,
      fmt::format("it has left process {}{} running, which is waited for", event.pid, name)}};
}

void Reactor::LearnFrom(std::size_t run, const EndedEvent& event) {
  const auto peak = std::max(
      {event.peak_rss_bytes, event.peak_watched_bytes, event.peak_cgroup_bytes.value_or(0)});
  LearnPeak(plan_.work(run).config.cell(), static_cast<double>(peak));
}

AttemptEnd Reactor::EndOf(const Running& running, const EndedEvent& event,
                          std::int64_t now_ms) const {
  const Verdict verdict = running.record.Judge(event);
  AttemptEnd end;
  end.key = event.attempt;
  end.outcome = verdict.outcome;
  end.error = verdict.error;
  end.counts = IsCounted(verdict.outcome);
  end.next_state = NextState(retry_, verdict.outcome, used_[running.run] + (end.counts ? 1 : 0));
  end.ended_ms = now_ms;
  end.exit_code = event.exit_code;
  end.signal = event.signal;
  const bool was_started = event.exit_code || event.signal;
  if (was_started) {
    end.cpu_seconds = event.cpu_seconds;
    end.peak_rss_bytes = event.peak_rss_bytes;
    end.peak_rss_method = event.peak_rss_method;
    end.peak_cgroup_bytes = event.peak_cgroup_bytes;
    end.energy_joules = event.energy_joules;
    end.run_delay_share = event.run_delay_share;
  }
  end.note = running.first_note;
  if (running.notes > 1) end.note += fmt::format(" and {} more of the kind", running.notes - 1);
  const std::string& said = running.record.notes();
  if (!said.empty()) end.note += (end.note.empty() ? "" : "; ") + said;
  end.final_metrics = running.record.final_metrics();
  end.test_hits = running.record.test_hits();
  return end;
}

/// A probe that was disturbed is measured again, after the others, or else kept and flagged.
void Reactor::JudgeProbe(const Running& running, AttemptEnd& end) {
  const std::string disturbance = running.record.Disturbance();
  end.final_metrics["probe_disturbed"] = disturbance.empty() ? 0 : 1;
  if (disturbance.empty()) return;
  end.note += (end.note.empty() ? "" : "; ") + std::string("disturbed: ") + disturbance;
  if (++disturbed_[running.run] >= kMostProbeTries) return;
  end.note += "; measured again";
  end.next_state = RunState::kPending;
  end.counts = false;
  plan_.Postpone(running.run);
}

StoreAborted Reactor::AbortHeirsOf(std::size_t run) {
  StoreAborted aborted;
  for (const std::size_t heir : plan_.AbortHeirsOf(run)) {
    aborted.runs.push_back(plan_.work(heir).config.id());
  }
  return aborted;
}

/// No more than are running: they will give back what another wants.
void Reactor::TakeFewer() {
  pool_.Lower("slots", static_cast<double>(running_.size()));
  if (std::exchange(raised_, false)) raise_after_ *= 2;
  ended_well_ = 0;
}

/// The want may be over: one more at once after some have ended well, and after more and more of
/// them where that was too many.
void Reactor::TakeMore() {
  if (++ended_well_ < raise_after_) return;
  pool_.Raise("slots");
  raised_ = true;
  ended_well_ = 0;
}

void Reactor::NoteLength(bool is_short) {
  short_lately_ = std::clamp(short_lately_ + (is_short ? 1 : -kWorthOfLong), 0, 2 * kMostlyShort);
}

bool Reactor::IsProbe(std::size_t run) const {
  return plan_.work(run).config.kind() == RunKind::kProbe;
}

/// All but the heirs that it takes along.
TellEnd Reactor::TellEndOf(const Running& running, const AttemptEnd& end,
                           std::int64_t now_ms) const {
  TellEnd told;
  told.run = running.run;
  told.number = running.number;
  told.outcome = end.outcome;
  told.next_state = end.next_state;
  told.error = end.error;
  told.took_ms = now_ms - running.began_ms;
  if (IsProbe(running.run)) told.disturbance = running.record.Disturbance();
  return told;
}

std::vector<Action> Reactor::On(const EndedEvent& event, std::int64_t now_ms) {
  const auto it = running_.find(event.attempt);
  if (it == running_.end()) return {};
  const Running& running = it->second;
  AttemptEnd end = EndOf(running, event, now_ms);
  const bool starved = IsStarved(event), is_only = running_.size() == 1;
  if (starved) {  // it is no failure of its own
    end.counts = false;
    end.next_state = RunState::kPending;
  }
  lone_failures_ = starved && is_only ? lone_failures_ + 1 : 0;
  if (lone_failures_ >= kMostLoneTries) stalled_ = end.error;
  const bool completed = end.outcome == Outcome::kCompleted;
  NoteLength(completed && now_ms - running.began_ms <= kShortMs);
  if (completed && IsProbe(running.run)) JudgeProbe(running, end);
  TellEnd told = TellEndOf(running, end, now_ms);
  used_[running.run] += end.counts ? 1 : 0;
  const bool result_stands =
      end.next_state == RunState::kFailed && plan_.work(running.run).has_result;
  plan_.SetState(running.run, result_stands ? RunState::kSucceeded : end.next_state);
  given_ = running.taken;
  pool_.Give(given_);
  if (end.outcome == Outcome::kOutOfMemory) {
    const auto limit = plan_.work(running.run).terms->limits.mem_bytes;
    RanOut(running.run, static_cast<double>(limit.value_or(0)));
  }
  if (completed) LearnFrom(running.run, event);
  StoreAborted aborted;
  if (end.next_state == RunState::kFailed) aborted = AbortHeirsOf(running.run);
  told.aborted = static_cast<int>(aborted.runs.size());
  running_.erase(it);
  if (starved && !is_only) TakeFewer();
  if (completed) TakeMore();
  ++ended_;
  std::vector<Action> actions;
  actions.emplace_back(StoreEnd{std::move(end)});
  if (told.aborted > 0) actions.emplace_back(std::move(aborted));
  actions.emplace_back(told);
  return actions;
}

std::vector<Action> Reactor::StopAll(StopHow how) const {
  std::vector<Action> actions;
  for (const auto& [attempt, running] : running_) actions.emplace_back(StopAttempt{attempt, how});
  return actions;
}

std::vector<Action> Reactor::On(const InterruptedEvent& event, std::int64_t) {
  const bool again = signal_.has_value();
  signal_ = event.signal;
  std::vector<Action> actions = StopAll(again ? StopHow::kKill : StopHow::kAsk);
  actions.emplace(actions.begin(), TellInterrupt{event.signal, again});
  return actions;
}

}  // namespace sweepformer
