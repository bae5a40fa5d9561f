#include "tools/planning/sweep_plan.h"

#include <fmt/format.h>

#include <set>
#include <unordered_map>
#include <unordered_set>

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

/// For each of `cells` the place of the one it starts from.
std::vector<std::optional<std::size_t>> ParentPlaces(const std::vector<FingerprintedCell>& cells) {
  std::unordered_map<std::int64_t, std::size_t> place;
  for (std::size_t i = 0; i < cells.size(); ++i) place.emplace(cells[i].cell.row, i);
  std::vector<std::optional<std::size_t>> parents(cells.size());
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (const auto row = cells[i].cell.parent_row) parents[i] = place.at(*row);
  }
  return parents;
}

/// Round-robin: every cell has one seed's run before any has two (decision 5).
class WorkList {
 public:
  WorkList(std::vector<FingerprintedCell> cells, int threads, SweepPlan& plan)
      : cells_(std::move(cells)), parents_(ParentPlaces(cells_)), threads_(threads), plan_(plan) {
    for (const auto& parent : parents_) {
      if (parent) parent_names_.try_emplace(*parent);
    }
  }

  void Fill() {
    plan_.work.reserve(cells_.size() * plan_.spec.seeds.size());
    ids_.reserve(cells_.size() * plan_.spec.seeds.size());
    for (std::size_t seed = 0; seed < plan_.spec.seeds.size(); ++seed) AddSeed(seed);
    plan_.twins /= static_cast<int>(plan_.spec.seeds.size());
    for (PlannedWork& work : plan_.work) {
      work.keep_weights = parent_ids_.contains(work.config.id());
    }
  }

 private:
  /// What a child's content says of the run it starts from.
  struct ParentName {
    std::string id, cell;
  };

  void AddSeed(std::size_t seed) {
    configs_.assign(cells_.size(), std::nullopt);
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      Resolve(cell, seed);
      const Cell& from = cells_[cell].cell;
      if (!ids_.insert(configs_[cell]->id()).second) {
        ++plan_.twins;
        continue;
      }
      plan_.work.push_back(
          {std::move(*configs_[cell]), from.label, from.limits, NeedOf(from.limits, threads_)});
    }
  }

  /// A run's id contains that of the run it starts from: the whole line up to it is made first.
  void Resolve(std::size_t cell, std::size_t seed) {
    std::vector<std::size_t> line;
    for (std::optional<std::size_t> up = cell; up && !configs_[*up]; up = parents_[*up]) {
      line.push_back(*up);
    }
    for (auto it = line.rbegin(); it != line.rend(); ++it) Make(*it, seed);
  }

  /// The last seed takes the parameters with it: of many cells a copy is dear.
  void Make(std::size_t cell, std::size_t seed) {
    RunContent content;
    const bool last = seed + 1 == plan_.spec.seeds.size();
    Parameters& parameters = cells_[cell].cell.parameters;
    content.parameters = last ? std::move(parameters) : parameters;
    content.seed = plan_.spec.seeds[seed];
    content.dataset_fingerprint = cells_[cell].fingerprint;
    content.worker_version = plan_.worker.version;
    if (parents_[cell]) {
      const ParentName& parent = parent_names_.at(*parents_[cell]);
      content.parent = parent.id;
      content.parent_cell = parent.cell;
      parent_ids_.insert(parent.id);
    }
    const RunConfig& config = configs_[cell].emplace(std::move(content));
    const auto name = parent_names_.find(cell);
    if (name != parent_names_.end()) name->second = {config.id(), config.cell()};
  }

  std::vector<FingerprintedCell> cells_;
  const std::vector<std::optional<std::size_t>> parents_;  ///< places in cells_
  const int threads_;
  SweepPlan& plan_;
  std::vector<std::optional<RunConfig>> configs_;  ///< of the seed at hand
  std::unordered_map<std::size_t, ParentName>
      parent_names_;  ///< the same, of cells that are parents
  std::unordered_set<std::string> ids_, parent_ids_;
};

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

std::vector<std::string> SweepPlan::RunIds() const {
  std::vector<std::string> ids;
  ids.reserve(work.size());
  for (const PlannedWork& one : work) ids.push_back(one.config.id());
  return ids;
}

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
  plan.kept_as_parents = expansion.kept_as_parents();
  DataCheck data(request.data_folder);
  SF_ASSIGN(auto cells, CollectCells(expansion, plan.worker, data));
  SF_ASSIGN(plan.watched, Watch(plan.spec, data));
  WorkList(std::move(cells), request.threads, plan).Fill();
  SF_ASSIGN(plan.notes, NotesOn(plan, expansion.idle_rules()));
  return plan;
}

std::function<bool(const std::string& run)> WeightsKeptIn(const std::filesystem::path& store,
                                                          const SweepPlan& plan) {
  if (plan.worker.foreign()) return [](const std::string&) { return true; };
  return [store = std::filesystem::weakly_canonical(store)](const std::string& run) {
    return std::filesystem::exists(WeightsFile(store, run));
  };
}

}  // namespace sweepformer
