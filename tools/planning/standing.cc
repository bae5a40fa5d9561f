#include "tools/planning/standing.h"

#include <unordered_map>
#include <unordered_set>

#include "orchestrator/core/names.h"
#include "results/catalog.h"
#include "results/statistics/power.h"
#include "results/store.h"
#include "tools/reading/orchestrator_watch.h"

namespace sweepformer {
namespace {

std::string MetricOf(const SweepPlan& plan) {
  const GoalSpec& goal = plan.spec.goal;
  for (const auto* names : {&goal.maximize, &goal.minimize}) {
    for (const std::string& name : *names)
      if (!IsProbeMetric(name)) return name;  // seeds do not replicate a probe
  }
  const auto* described = plan.worker.described();
  return described && described->FindMetric("test_accuracy") ? "test_accuracy" : "";
}

Detectable DetectableBy(const SweepPlan& plan) {
  Detectable detectable;
  detectable.metric = MetricOf(plan);
  detectable.seeds = static_cast<int>(plan.spec.seeds.size());
  detectable.shift = DetectableShift(detectable.seeds);
  if (const auto* described = plan.worker.described()) {
    if (const MetricSpec* metric = described->FindMetric(detectable.metric)) {
      detectable.unit = metric->unit;
    }
  }
  return detectable;
}

/// Of the plan's cells, in its order.
std::optional<SeedNoise> NoiseIn(const SweepPlan& plan, const std::vector<FinishedCell>& finished) {
  std::unordered_map<std::string_view, const FinishedCell*> by_cell;
  for (const FinishedCell& cell : finished) by_cell.emplace(cell.cell, &cell);
  std::unordered_set<std::string_view> met;
  std::vector<const FiguresBySeed*> figures;
  for (const PlannedWork& work : plan.work) {
    if (!met.insert(work.config.cell()).second) continue;
    const auto it = by_cell.find(work.config.cell());
    if (it != by_cell.end()) figures.push_back(&it->second->figures);
  }
  return SeedNoiseOf(figures);
}

/// The metrics that are known to need a column before any run reports one.
std::vector<MetricSpec> MetricsOf(const SweepPlan& plan) {
  const auto* described = plan.worker.described();
  std::vector<MetricSpec> metrics = described ? described->metrics : std::vector<MetricSpec>();
  for (const auto* names : {&plan.spec.goal.maximize, &plan.spec.goal.minimize}) {
    for (const std::string& name : *names) metrics.emplace_back().name = name;
  }
  return metrics;
}

Status ReadStates(const ResultStore& store, const std::vector<std::string>& ids,
                  std::vector<RunState>& states) {
  SF_ASSIGN(const auto known, store.StandingOf(ids));
  for (std::size_t run = 0; run < ids.size(); ++run) {
    if (const auto it = known.find(ids[run]); it != known.end()) states[run] = it->second.state;
  }
  return {};
}

Status Estimate(const SweepPlan& plan, const std::vector<FinishedCell>& finished,
                const ResourcePool& pool, PlanStanding& standing) {
  SF_ASSIGN(DeclaredFigure cost, DeclaredFigure::CostOf(plan.worker.described()));
  SF_ASSIGN(DeclaredFigure memory, DeclaredFigure::MemoryOf(plan.worker.described()));
  Neighbours neighbours(finished, std::move(cost), std::move(memory));
  standing.estimate = EstimateOf(plan, standing.states, pool, finished, neighbours);
  standing.peak = LargestPeakOf(plan, standing.states, pool, neighbours);
  if (standing.detectable) standing.detectable->noise = NoiseIn(plan, finished);
  return {};
}

}  // namespace

std::optional<double> Detectable::difference() const {
  if (!shift || !noise) return {};
  return *shift * noise->sd;
}

Result<PlanStanding> StandingOf(const SweepPlan& plan, const std::filesystem::path& store,
                                const ResourcePool& pool, const std::string& host) {
  PlanStanding standing;
  standing.store = store.string();
  standing.exists = std::filesystem::exists(store);
  standing.states.assign(plan.work.size(), RunState::kPending);
  if (plan.cells - plan.twins > 1) standing.detectable = DetectableBy(plan);
  std::vector<FinishedCell> finished;
  Catalog catalog;
  if (standing.exists) {
    const OrchestratorWatch watch(store);
    SF_ASSIGN(const ResultStore reader, ResultStore::OpenReadOnly(store));
    const std::vector<std::string> ids = plan.RunIds();
    SF_TRY(ReadStates(reader, ids, standing.states));
    const int succeeded = CountsOf(standing.states).succeeded;
    standing.states =
        SettleStates(plan.work, std::move(standing.states), WeightsKeptIn(store, plan));
    standing.for_weights = succeeded - CountsOf(standing.states).succeeded;
    SF_ASSIGN(catalog, Catalog::Read(reader.connection()));
    SF_ASSIGN(standing.sweep, ExtensionOf(reader.connection(), plan.spec.name, ids));
    SF_ASSIGN(finished,
              ReadFinishedCells(reader.connection(), {plan.worker.version, host, MetricOf(plan)}));
    standing.orchestrator_gone = watch.IsGone();
  }
  standing.name_clash = catalog.ClashOf(plan.parameters, MetricsOf(plan));
  SF_TRY(Estimate(plan, finished, pool, standing));
  standing.counts = CountsOf(standing.states);
  return standing;
}

}  // namespace sweepformer
