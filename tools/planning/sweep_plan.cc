#include "tools/planning/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "orchestrator/exec/command_template.h"
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

/// The description's parameters; for a foreign worker those of the spec, as they are first named.
std::vector<std::string> ParameterOrder(const SweepSpec& spec, const WorkerChoice& worker) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](const std::string& other) { return SameName(other, name); });
    if (!known) names.push_back(name);
  };
  if (!worker.foreign()) {
    for (const ParameterSpec& parameter : worker.description->parameters) add(parameter.name);
  }
  for (const Setting& setting : spec.base) add(setting.name);
  for (const GridDimension& dimension : spec.grid) {
    for (const GridAxis& axis : dimension.columns) add(axis.name);
  }
  for (const Derived& derived : spec.derived) add(derived.name);
  for (const Point& point : spec.points) {
    for (const Setting& setting : point.settings) add(setting.name);
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

void NoteUnused(SweepPlan& plan) {
  if (plan.spec.measure) {
    plan.notes.push_back(
        "[measure] is read but probes are not run yet: speeds are as trained, with other runs on "
        "the machine");
  }
  if (!plan.whole) return;  // a narrowed grid may well miss a rule
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
  plan.whole = !request.overrides.any();
  SF_ASSIGN(plan.worker, ChooseWorker(plan.spec));
  plan.parameters = ParameterOrder(plan.spec, plan.worker);
  SF_TRY(CheckCommand(plan));
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
