#include "tools/planning/sweep_plan.h"

#include <fmt/format.h>

#include <set>

#include "orchestrator/exec/command_template.h"
#include "orchestrator/spec/check_goal.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/data_check.h"
#include "tools/planning/plan_notes.h"

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

/// The description's parameters; for a foreign worker those of the spec, as they are first named.
std::vector<std::string> ParameterOrder(const SweepSpec& spec, const WorkerChoice& worker) {
  if (worker.foreign()) return spec.ParameterNames();
  std::vector<std::string> names;
  for (const ParameterSpec& parameter : worker.description->parameters) {
    names.push_back(parameter.name);
  }
  return names;
}

/// A foreign worker's command may name the spec's parameters and what a run knows, nothing else.
Status CheckCommand(const SweepPlan& plan) {
  for (const SpecValue& argument : plan.spec.worker.command) {
    const std::string text = FormatValue(argument.value);
    if (const auto problem = CheckTemplate(text, plan.parameters)) {
      const int column = static_cast<int>(problem->offset) + 1;
      return plan.spec.source.Error(argument.where.Right(column), problem->message);
    }
  }
  return {};
}

}  // namespace

namespace {

/// The worker's files and the data, to be looked at again before each start.
Result<std::vector<WatchedFile>> Watch(const SweepSpec& spec, const DataCheck& data) {
  std::set<std::filesystem::path> paths = data.files();
  for (const SpecValue& file : spec.worker.files) {
    paths.insert(spec.folder / FormatValue(file.value));
  }
  std::vector<WatchedFile> watched;
  for (const std::filesystem::path& path : paths) {
    SF_ASSIGN(const FileStamp stamp, StampFile(path));
    watched.push_back({path, stamp});
  }
  return watched;
}

}  // namespace

Result<SweepPlan> MakeSweepPlan(const PlanRequest& request) {
  SweepPlan plan;
  SF_ASSIGN(plan.spec, ReadSweepSpec(request.spec));
  SF_TRY(ApplyOverrides(request.overrides, plan.spec));
  plan.whole = !request.overrides.any();
  SF_ASSIGN(plan.worker, ChooseWorker(plan.spec));
  plan.parameters = ParameterOrder(plan.spec, plan.worker);
  SF_TRY(CheckCommand(plan));
  SF_TRY(CheckGoal(plan.spec, plan.worker.described()));
  SF_ASSIGN(const Expansion expansion, Expansion::Make(plan.spec, plan.worker.described(),
                                                       request.overrides.only, request.most_cells));
  plan.grid_cells = expansion.grid_cells();
  plan.cells = expansion.cells();
  plan.exclusions = expansion.exclusions();
  plan.left_out_by_only = expansion.left_out_by_only();
  DataCheck data(request.data_folder);
  SF_ASSIGN(const auto cells, CollectCells(expansion, plan.worker, data));
  SF_ASSIGN(plan.watched, Watch(plan.spec, data));
  FillWork(cells, request.threads, plan);
  SF_ASSIGN(plan.notes, NotesOn(plan, expansion.idle_rules()));
  return plan;
}

}  // namespace sweepformer
