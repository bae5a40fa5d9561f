#include "tools/planning/sweep_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "orchestrator/core/file.h"
#include "orchestrator/exec/command_template.h"
#include "orchestrator/spec/check_goal.h"
#include "orchestrator/spec/parse_spec.h"
#include "tools/planning/data_check.h"
#include "tools/planning/init_check.h"
#include "tools/planning/plan_notes.h"

namespace sweepformer {
namespace {

/// Finds by and on what cells run, asking for the fingerprint of the same data once.
class BasisFinder {
 public:
  BasisFinder(const WorkerChoice& worker, DataCheck& data)
      : worker_(worker), reads_data_(worker.reads_known_sets()), data_(data) {}

  Result<std::shared_ptr<const RunBasis>> Of(const ParameterRow& parameters) {
    auto& basis = known_[reads_data_ ? KeyOf(parameters) : Key()];
    if (basis) return basis;
    std::string fingerprint;
    if (reads_data_) {
      SF_ASSIGN(fingerprint, data_.FingerprintOf(parameters.All()));
    }
    basis = std::make_shared<const RunBasis>(RunBasis{std::move(fingerprint), worker_.version});
    return basis;
  }

 private:
  /// The table's own copy of each value.
  using Key = std::array<const Value*, DataCheck::kReads.size()>;

  Key KeyOf(const ParameterRow& parameters) {
    if (parameters.table != table_) {
      table_ = parameters.table;
      for (std::size_t i = 0; i < columns_.size(); ++i)
        columns_[i] = table_->FindColumn(DataCheck::kReads[i]);
    }
    Key key{};
    for (std::size_t i = 0; i < key.size(); ++i)
      if (columns_[i]) key[i] = &table_->At(parameters.row, *columns_[i]);
    return key;
  }

  const WorkerChoice& worker_;
  const bool reads_data_;
  DataCheck& data_;
  std::shared_ptr<const ParameterTable> table_;  ///< that of the last cell
  std::array<std::optional<std::size_t>, DataCheck::kReads.size()> columns_;  ///< in it
  std::map<Key, std::shared_ptr<const RunBasis>> known_;
};

/// Makes the runs of cells, round-robin: every cell has one seed's run before any has two
/// (decision 5). A run's id contains that of the run it starts from, which is so made first.
class WorkList {
 public:
  WorkList(std::vector<Cell> cells, int threads, SweepPlan& plan)
      : cells_(std::move(cells)), threads_(threads), plan_(plan) {}

  Status Fill(BasisFinder& basis) {
    SF_TRY(MakeConfigs(basis));
    MarkTwins();
    const std::size_t runs_per_seed = cells_.size() - static_cast<std::size_t>(plan_.twins);
    plan_.work.reserve(runs_per_seed * plan_.spec.seeds.size());
    for (const std::int64_t seed : plan_.spec.seeds) AddSeed(seed);
    if (plan_.spec.measure && plan_.worker.probes()) AddProbes(*plan_.spec.measure);
    return {};
  }

 private:
  /// A cell that others start from.
  struct Parent {
    std::size_t place;
    std::string run;  ///< of the seed at hand
  };

  /// Places of cells, each after the one it starts from.
  std::vector<std::size_t> AncestorsFirst() const {
    std::vector<std::size_t> order;
    std::vector<bool> met(cells_.size());
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
      const auto end = static_cast<std::ptrdiff_t>(order.size());
      for (std::optional<std::size_t> up = cell; up && !met[*up]; up = cells_[*up].parent) {
        met[*up] = true;
        order.push_back(*up);
      }
      std::reverse(order.begin() + end, order.end());
    }
    return order;
  }

  Status MakeConfigs(BasisFinder& find) {
    std::unordered_set<std::size_t> parents;
    for (const Cell& cell : cells_)
      if (cell.parent) parents.insert(*cell.parent);
    configs_.resize(cells_.size());
    for (const std::size_t i : AncestorsFirst()) {
      const Cell& cell = cells_[i];
      SF_ASSIGN(auto basis, find.Of(cell.parameters));
      configs_[i] = std::make_shared<const CellConfig>(
          std::move(basis), cell.parameters, cell.parent ? configs_[*cell.parent]->id() : "");
      if (!parents.contains(i)) continue;
      kept_.insert(configs_[i]->id());
      place_in_parents_.emplace(i, parents_.size());
      parents_.push_back({i, ""});
    }
    return {};
  }

  /// Of cells with the same content only the first is run, under the first label among them.
  void MarkTwins() {
    std::unordered_map<std::string_view, std::size_t> first;
    first.reserve(configs_.size());
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      const auto [it, is_new] = first.emplace(configs_[i]->id(), i);
      is_twin_.push_back(!is_new);
      if (!is_new) TakeLabel(cells_[i].terms->label, cells_[it->second]);
    }
    plan_.twins = static_cast<int>(std::count(is_twin_.begin(), is_twin_.end(), true));
  }

  static void TakeLabel(const std::string& label, Cell& cell) {
    if (label.empty() || !cell.terms->label.empty()) return;
    auto labelled = std::make_shared<CellTerms>(*cell.terms);
    labelled->label = label;
    cell.terms = std::move(labelled);
  }

  void AddSeed(std::int64_t seed) {
    for (Parent& parent : parents_) parent.run = ConfigOf(parent.place, seed).id();
    for (std::size_t i = 0; i < cells_.size(); ++i) {
      if (is_twin_[i]) continue;
      plan_.work.push_back({ConfigOf(i, seed), TermsOf(cells_[i].terms.get()),
                            kept_.contains(configs_[i]->id()), false});
    }
  }

  /// Every round measures all cells, in an order that is random but the same each time: what drifts
  /// with time meets all of them alike.
  void AddProbes(const MeasureSpec& measure) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < cells_.size(); ++i)
      if (!is_twin_[i]) order.push_back(i);
    std::mt19937_64 random(1);
    for (int round = 1; round <= measure.repeats; ++round) {
      Shuffle(order, random);
      for (const std::size_t cell : order) {
        plan_.work.push_back({RunConfig::Probe(configs_[cell], round, measure.warmup_steps),
                              TermsOf(cells_[cell].terms.get()), false, measure.exclusive});
      }
    }
    plan_.probes = order.size() * static_cast<std::size_t>(measure.repeats);
  }

  /// Fisher and Yates; std::shuffle differs between libraries.
  static void Shuffle(std::vector<std::size_t>& order, std::mt19937_64& random) {
    for (std::size_t left = order.size(); left > 1; --left) {
      std::swap(order[left - 1], order[random() % left]);
    }
  }

  RunConfig ConfigOf(std::size_t cell, std::int64_t seed) const {
    const auto parent = cells_[cell].parent;
    return {configs_[cell], seed, parent ? parents_[place_in_parents_.at(*parent)].run : ""};
  }

  std::shared_ptr<const LaunchTerms> TermsOf(const CellTerms* said) {
    auto& terms = terms_[said];
    if (!terms) {
      terms = std::make_shared<const LaunchTerms>(
          LaunchTerms{said->label, said->limits, NeedOf(said->limits, threads_)});
    }
    return terms;
  }

  std::vector<Cell> cells_;
  const int threads_;
  SweepPlan& plan_;
  std::vector<std::shared_ptr<const CellConfig>> configs_;  ///< of cells_
  std::vector<bool> is_twin_;                               ///< of cells_
  std::vector<Parent> parents_;                             ///< each after the one it starts from
  std::unordered_map<std::size_t, std::size_t> place_in_parents_;  ///< by place in cells_
  std::unordered_set<std::string_view> kept_;  ///< cells whose runs keep their weights
  std::unordered_map<const CellTerms*, std::shared_ptr<const LaunchTerms>> terms_;
};

/// A foreign worker's command may name the spec's parameters and what a run knows, nothing else.
Status CheckCommand(const SweepPlan& plan) {
  for (const SpecValue& argument : plan.spec.worker.command) {
    const std::string text = FormatValue(argument.value);
    if (const auto problem = CheckTemplate(text, plan.parameters)) {
      const Location begin = argument.where.Right(1);  // after its quote
      return plan.spec.source.Error(begin.Into(text, problem->offset), problem->message);
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
  plan.parameters = plan.worker.ParametersOf(plan.spec);
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
  BasisFinder basis(plan.worker, data);
  SF_ASSIGN(auto cells, expansion.Cells());
  SF_TRY(WorkList(std::move(cells), request.threads, plan).Fill(basis));
  SF_TRY(CheckInit(plan));
  SF_ASSIGN(plan.watched, Watch(plan.spec, data));
  SF_ASSIGN(plan.notes, NotesOn(plan, expansion));
  return plan;
}

std::function<bool(const std::string& run)> WeightsKeptIn(const std::filesystem::path& store,
                                                          const SweepPlan& plan) {
  if (plan.worker.foreign()) return [](const std::string&) { return true; };
  return [store = FollowLinks(store)](const std::string& run) {
    return std::filesystem::exists(WeightsFile(store, run));
  };
}

}  // namespace sweepformer
