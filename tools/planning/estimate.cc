#include "tools/planning/estimate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace sweepformer {
namespace {

double ShareOf(const Resources& need, const ResourcePool& pool) {
  double share = 0;
  for (const auto& [name, amount] : need) {
    const double total = pool.Total(name);
    if (total > 0) share = std::max(share, amount / total);
  }
  return std::min(share, 1.0);
}

/// Adds runs up, forecasting each cell once.
class Sum {
 public:
  Sum(const ResourcePool& pool, Neighbours& neighbours) : pool_(pool), neighbours_(neighbours) {}

  bool Add(const PlannedWork& work) {
    const auto [it, is_new] = forecasts_.try_emplace(work.config.cell());
    if (is_new) it->second = neighbours_.Forecast(work.config.cell(), work.config.parameters());
    if (!it->second) return false;
    const RunForecast& run = *it->second;
    if (is_new) Note(run);
    estimate_.run_seconds += run.seconds;
    estimate_.seconds += run.seconds * ShareOf(work.terms->need, pool_);
    longest_ = std::max(longest_, run.seconds);
    return true;
  }

  PlanEstimate Result(const std::vector<FinishedCell>& finished) {
    estimate_.seconds = std::max(estimate_.seconds, longest_);
    for (const std::size_t cell : used_) estimate_.from_runs += RunsOf(finished, cell);
    for (const std::size_t cell : own_) estimate_.same_cell_runs += RunsOf(finished, cell);
    return estimate_;
  }

 private:
  static std::int64_t RunsOf(const std::vector<FinishedCell>& finished, std::size_t cell) {
    return static_cast<std::int64_t>(finished[cell].seconds.size());
  }

  void Note(const RunForecast& run) {
    used_.insert(run.cells.begin(), run.cells.end());
    if (run.same_cell) own_.insert(run.cells.begin(), run.cells.end());
  }

  const ResourcePool& pool_;
  Neighbours& neighbours_;
  std::unordered_map<std::string_view, std::optional<RunForecast>> forecasts_;  ///< by cell
  std::set<std::size_t> used_, own_;
  double longest_ = 0;
  PlanEstimate estimate_;
};

bool IsLeft(RunState state) { return state == RunState::kPending || state == RunState::kRunning; }

}  // namespace

std::optional<PlanEstimate> EstimateOf(const SweepPlan& plan, const std::vector<RunState>& states,
                                       const ResourcePool& pool,
                                       const std::vector<FinishedCell>& finished,
                                       Neighbours& neighbours) {
  Sum sum(pool, neighbours);
  bool any = false;
  for (std::size_t run = 0; run < plan.work.size() - plan.probes; ++run) {
    if (!IsLeft(states[run])) continue;
    if (!sum.Add(plan.work[run])) return {};
    any = true;
  }
  return any ? std::optional(sum.Result(finished)) : std::nullopt;
}

std::optional<PeakEstimate> LargestPeakOf(const SweepPlan& plan,
                                          const std::vector<RunState>& states,
                                          const ResourcePool& pool, Neighbours& neighbours) {
  std::unordered_set<std::string_view> met;
  std::optional<PeakEstimate> largest;
  for (std::size_t run = 0; run < plan.work.size() - plan.probes; ++run) {
    const RunConfig& config = plan.work[run].config;
    if (!IsLeft(states[run]) || !met.insert(config.cell()).second) continue;
    const auto peak = neighbours.PeakOf(config.cell(), config.parameters());
    if (!peak) return {};
    if (!largest || peak->bytes > largest->peak.bytes) largest = PeakEstimate{*peak, run};
  }
  if (largest) largest->beyond_machine = largest->peak.bytes > pool.Total("mem");
  return largest;
}

std::string RoughDuration(double seconds) {
  constexpr double kMinute = 60, kHour = 3600, kDay = 86400;
  if (seconds < kMinute) return "under a minute";
  if (seconds < 1.5 * kHour) return fmt::format("{:.0f} min", std::ceil(seconds / kMinute));
  if (seconds < 10 * kHour) return fmt::format("{:.1f} h", seconds / kHour);
  if (seconds < 2 * kDay) return fmt::format("{:.0f} h", seconds / kHour);
  return fmt::format("{:.0f} days", seconds / kDay);
}

}  // namespace sweepformer
