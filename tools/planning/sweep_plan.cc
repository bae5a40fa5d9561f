#include "tools/planning/sweep_plan.h"

#include <fmt/format.h>

#include <set>

#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/data_check.h"

namespace sweepformer {
namespace {

/// A cell with what of its runs' content does not depend on the seed.
struct FingerprintedCell {
  Cell cell;
  std::string fingerprint;
};

Result<std::vector<FingerprintedCell>> CollectCells(const Expansion& expansion,
                                                    const WorkerChoice& worker, DataCheck& data) {
  std::vector<FingerprintedCell> cells;
  SF_TRY(expansion.ForEachCell([&](Cell cell) -> Status {
    std::string fingerprint;
    if (!worker.foreign()) {
      SF_ASSIGN(fingerprint, data.FingerprintOf(cell.parameters));
    }
    cells.push_back({std::move(cell), std::move(fingerprint)});
    return {};
  }));
  return cells;
}

PlannedWork WorkOf(const FingerprintedCell& cell, std::int64_t seed, const SweepPlan& plan,
                   int threads) {
  RunContent content;
  content.parameters = cell.cell.parameters;
  content.seed = seed;
  content.dataset_fingerprint = cell.fingerprint;
  content.worker_version = plan.worker.version;
  return {RunConfig(std::move(content)), cell.cell.label, cell.cell.limits,
          NeedOf(cell.cell.limits, threads)};
}

/// Round-robin: every cell has one seed's run before any has two (decision 5).
void FillWork(const std::vector<FingerprintedCell>& cells, int threads, SweepPlan& plan) {
  std::set<std::string> ids;
  for (const std::int64_t seed : plan.spec.seeds) {
    for (const FingerprintedCell& cell : cells) {
      PlannedWork work = WorkOf(cell, seed, plan, threads);
      if (ids.insert(work.config.id()).second) {
        plan.work.push_back(std::move(work));
      } else {
        ++plan.twins;
      }
    }
  }
  plan.twins /= static_cast<int>(plan.spec.seeds.size());
}

void NoteUnused(SweepPlan& plan) {
  if (plan.spec.measure) {
    plan.notes.push_back(
        "[measure] is read but probes are not run yet: speeds are as trained, with other runs on "
        "the machine");
  }
  for (const ExclusionCount& rule : plan.exclusions) {
    if (rule.matched == 0) {
      plan.notes.push_back(
          fmt::format("the exclude rule \"{}\" matches no cell; is it written right?", rule.when));
    }
  }
}

}  // namespace

Result<SweepPlan> MakeSweepPlan(const PlanRequest& request) {
  SweepPlan plan;
  SF_ASSIGN(plan.spec, ReadSweepSpec(request.spec));
  SF_TRY(ApplyOverrides(request.overrides, plan.spec));
  SF_ASSIGN(plan.worker, ChooseWorker(plan.spec));
  SF_ASSIGN(const Expansion expansion,
            Expansion::Make(plan.spec, plan.worker.described(), request.overrides.only));
  plan.grid_cells = expansion.grid_cells();
  plan.cells = expansion.cells();
  plan.exclusions = expansion.exclusions();
  plan.left_out_by_only = expansion.left_out_by_only();
  DataCheck data(request.data_folder);
  SF_ASSIGN(const auto cells, CollectCells(expansion, plan.worker, data));
  FillWork(cells, request.threads, plan);
  NoteUnused(plan);
  return plan;
}

}  // namespace sweepformer
