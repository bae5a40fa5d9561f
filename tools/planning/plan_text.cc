#include "tools/planning/plan_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "results/table.h"
#include "tools/planning/plan_cells.h"
#include "tools/planning/run_names.h"
#include "tools/reading/times.h"

namespace sweepformer {
namespace {

constexpr std::size_t kIndent = 12;

/// Lines of a heading and a text, broken between words.
class Report {
 public:
  explicit Report(std::size_t columns) : columns_(columns) {}

  void Add(std::string_view heading, std::string_view text) {
    std::string line = fmt::format("  {:<9}", heading);
    std::size_t width = kIndent - 1;
    while (!text.empty()) {
      const std::string_view word = text.substr(0, text.find(' '));
      if (width + 1 + TextWidth(word) > columns_ && width > kIndent) {
        text_ += line + "\n";
        line = std::string(kIndent - 1, ' ');
        width = kIndent - 1;
      }
      line += fmt::format(" {}", word);
      width += 1 + TextWidth(word);
      text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    text_ += line + "\n";
  }

  /// Columns that a list may take on the line of its heading.
  std::size_t room() const {
    constexpr std::size_t kLongest = 100;
    return std::min(columns_, kLongest) - std::min(columns_, kIndent);
  }

  std::string text() && { return std::move(text_); }

 private:
  const std::size_t columns_;
  std::string text_;
};

/// Value `row` of an axis, or of all axes of a zip: "64+2".
std::string RowText(const GridDimension& dimension, std::size_t row) {
  std::string text;
  for (const GridAxis& axis : dimension.columns) {
    text += (text.empty() ? "" : "+") + FormatValue(axis.values[row].value);
  }
  return text;
}

/// All values where they have room, else the first two and the last.
std::string ValuesText(const GridDimension& dimension, std::size_t room) {
  const std::size_t size = dimension.columns.front().values.size();
  std::string all;
  for (std::size_t row = 0; row < size && all.size() <= room; ++row) {
    all += (row > 0 ? ", " : "") + RowText(dimension, row);
  }
  if (size <= 3 || TextWidth(all) <= room) return all;
  return fmt::format("{}, {} … {}", RowText(dimension, 0), RowText(dimension, 1),
                     RowText(dimension, size - 1));
}

std::string DimensionText(GridDimension dimension, std::size_t room) {
  for (GridAxis& axis : dimension.columns) {
    std::vector<Value> values;
    for (const SpecValue& one : axis.values) values.push_back(one.value);
    TellApart(values);
    for (std::size_t i = 0; i < values.size(); ++i) axis.values[i].value = std::move(values[i]);
  }
  std::string names;
  for (const GridAxis& axis : dimension.columns) names += (names.empty() ? "" : "+") + axis.name;
  const std::string head = fmt::format("{} ({}): ", names, dimension.columns.front().values.size());
  const std::string when = dimension.when ? " when " + dimension.when->text : "";
  const std::size_t taken = TextWidth(head) + TextWidth(when);
  return head + ValuesText(dimension, room - std::min(room, taken)) + when;
}

void AddAxes(const SweepSpec& spec, Report& report) {
  const char* heading = "axes";
  for (const GridDimension& dimension : spec.grid) {
    report.Add(heading, DimensionText(dimension, report.room()));
    heading = "  ×";
  }
  if (!spec.points.empty()) {
    report.Add("points", Counted(static_cast<std::int64_t>(spec.points.size()), "extra cell"));
  }
}

/// A cell counts as dropped by the first rule that matches it.
std::string RuleText(const ExclusionCount& rule) {
  const std::string matched =
      rule.matched == rule.dropped ? "" : fmt::format(" of {} matched", rule.matched);
  return fmt::format("{}{} where {}: {}", Counted(rule.dropped, "cell"), matched, rule.when,
                     rule.why);
}

/// Which cells wait for others ([[init_from]]).
void AddParents(const SweepPlan& plan, Report& report) {
  std::unordered_set<std::string_view> children, parents;
  for (const PlannedWork& work : plan.work) {
    if (!work.config.parent().empty()) children.insert(work.config.cell());
    if (work.keep_weights) parents.insert(work.config.cell());
  }
  if (children.empty()) return;
  report.Add("starts", fmt::format("{} with the final weights of {} other{}, same seed",
                                   Counted(static_cast<std::int64_t>(children.size()), "cell"),
                                   parents.size(), parents.size() == 1 ? "" : "s"));
}

void AddCells(const SweepPlan& plan, Report& report) {
  report.Add("cells", fmt::format("{} before any rule", plan.grid_cells));
  for (const ExclusionCount& rule : plan.exclusions) report.Add("dropped", RuleText(rule));
  if (plan.left_out_by_only > 0) {
    report.Add("", Counted(plan.left_out_by_only, "cell") + " left out by --only");
  }
  if (plan.kept_as_parents > 0) {
    report.Add("", fmt::format("{} kept in spite of --only: others start from {}",
                               Counted(plan.kept_as_parents, "cell"),
                               plan.kept_as_parents == 1 ? "it" : "them"));
  }
  if (plan.twins > 0) {
    report.Add("twins", fmt::format("{} the same as an earlier one and run once",
                                    plan.twins == 1 ? "1 cell is"
                                                    : fmt::format("{} cells are", plan.twins)));
  }
  AddParents(plan, report);
  report.Add("runs",
             fmt::format("{} = {} × {}", plan.work.size() - plan.probes,
                         Counted(plan.cells - plan.twins, "cell"),
                         Counted(static_cast<std::int64_t>(plan.spec.seeds.size()), "seed")));
  if (plan.probes == 0) return;
  report.Add("probes", fmt::format("{} = {} × {}, of speed, after the runs{}", plan.probes,
                                   Counted(plan.cells - plan.twins, "cell"),
                                   Counted(plan.spec.measure->repeats, "repeat"),
                                   plan.spec.measure->exclusive ? ", one at a time" : ""));
}

void AddLimits(const SweepSpec& spec, Report& report) {
  std::string text;
  for (const auto& [name, amount] : LimitTexts(spec.limits)) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, amount);
  }
  if (text.empty() && spec.limit_rules.empty()) return;
  text = text.empty() ? "none but by rule" : text + " a run";
  if (!spec.limit_rules.empty()) {
    text += fmt::format("; {} in some cells",
                        spec.limit_rules.size() == 1
                            ? "a rule changes that"
                            : fmt::format("{} rules change that", spec.limit_rules.size()));
  }
  report.Add("limits", text);
}

void AddStore(const PlanStanding& standing, Report& report) {
  const PlanCounts& counts = standing.counts;
  if (!standing.exists) {
    report.Add("store",
               fmt::format("{}, not made yet: all {} to run", standing.store, counts.total));
    return;
  }
  const bool lost = standing.orchestrator_gone;
  std::string text = fmt::format("{} has {} of them", standing.store, counts.succeeded);
  if (counts.failed > 0) text += fmt::format(", {} failed (--retry-failed)", counts.failed);
  if (counts.aborted > 0) text += fmt::format(", {} aborted", counts.aborted);
  if (counts.running > 0) text += fmt::format(", {} {}", counts.running, lost ? "lost" : "running");
  report.Add("store",
             fmt::format("{}; {} to run", text, counts.left + (lost ? counts.running : 0)));
  if (standing.for_weights > 0) {
    report.Add("", fmt::format("{} succeeded without keeping weights that others start from: run "
                               "once more for them",
                               Counted(standing.for_weights, "run")));
  }
}

/// What a launch does to runs of the sweep that the plan does not name.
std::string LeavingText(const SweepExtension& sweep, bool whole) {
  const bool one = sweep.leaving == 1;
  if (!whole) {
    return fmt::format("{} of the sweep {} not asked for by this command line, which marks nothing",
                       Counted(sweep.leaving, "run"), one ? "is" : "are");
  }
  return fmt::format("{} of the store's sweep {} no longer in the file: {} will be kept and marked",
                     Counted(sweep.leaving, "run"), one ? "is" : "are", one ? "it" : "they");
}

void AddSweep(const SweepPlan& plan, const PlanStanding& standing, Report& report) {
  if (!standing.sweep) return;
  const SweepExtension& sweep = *standing.sweep;
  report.Add("sweep",
             fmt::format("begun: {} of {} done", sweep.succeeded, Counted(sweep.in_plan, "run")));
  if (sweep.added > 0) report.Add("", Counted(sweep.added, "run") + " will be new to it");
  if (sweep.returning > 0) {
    report.Add("", fmt::format("{} that an earlier edit took out will be in it again",
                               Counted(sweep.returning, "run")));
  }
  if (sweep.leaving > 0) report.Add("", LeavingText(sweep, plan.whole));
  if (sweep.outside > 0) {
    report.Add("", fmt::format("{} outside the plan since an earlier edit, kept and marked",
                               sweep.outside == 1 ? "1 run is"
                                                  : fmt::format("{} runs are", sweep.outside)));
  }
}

/// Two significant digits and no exponent.
std::string RoughNumber(double number) {
  const double digits = number > 0 ? std::floor(std::log10(number)) : 0;
  return fmt::format("{:.{}f}", number, static_cast<int>(std::max(0.0, 1 - digits)));
}

/// Of `runs`, how many are of the very cells that are left.
std::string BasisText(const PlanEstimate& estimate) {
  const std::string from = "from " + Counted(estimate.from_runs, "finished run");
  if (estimate.same_cell_runs == estimate.from_runs) return from + " of the same cells";
  return fmt::format(
      "{}, {} of the same cells", from,
      estimate.same_cell_runs == 0 ? "none" : fmt::to_string(estimate.same_cell_runs));
}

void AddTime(const PlanStanding& standing, Report& report) {
  if (!standing.estimate) {
    report.Add("time", "no run of this worker has finished on this machine yet: no estimate");
    return;
  }
  const PlanEstimate& estimate = *standing.estimate;
  const long at_once = std::lround(estimate.run_seconds / std::max(estimate.seconds, 1e-9));
  report.Add("time", fmt::format("{}, {} ({})", RoughDuration(estimate.seconds),
                                 at_once <= 1 ? "one run at a time"
                                              : fmt::format("about {} runs at once", at_once),
                                 BasisText(estimate)));
}

std::string_view BasisText(PeakBasis basis) {
  switch (basis) {
    case PeakBasis::kOwnCell: return "from its finished runs";
    case PeakBasis::kNeighbours: return "from the nearest finished runs";
    default: return "as the worker reckons";
  }
}

/// The largest run, and which one that is where there are others.
void AddPeak(const SweepPlan& plan, const PlanStanding& standing, Report& report) {
  if (!standing.peak) return;
  const auto& [peak, run, beyond_machine] = *standing.peak;
  constexpr double kGib = 1024.0 * 1024 * 1024;
  const bool only = plan.cells - plan.twins == 1;
  const std::string which = only ? "" : ", " + RunNames(plan.work).CellName(plan.work[run]);
  report.Add("memory", fmt::format("about {} GiB a run at most{} ({}){}",
                                   RoughNumber(peak.bytes / kGib), which, BasisText(peak.basis),
                                   beyond_machine ? ": more than this machine has" : ""));
}

/// Probes are not forecast: they take seconds each.
bool AnyTrainingLeft(const SweepPlan& plan, const PlanStanding& standing) {
  const auto probes = standing.states.end() - static_cast<std::ptrdiff_t>(plan.probes);
  return std::any_of(standing.states.begin(), probes, [](RunState state) {
    return state == RunState::kPending || state == RunState::kRunning;
  });
}

void AddEstimate(const SweepPlan& plan, const PlanStanding& standing, Report& report) {
  if (standing.counts.left + standing.counts.running == 0) return;
  if (plan.probes > 0 && !AnyTrainingLeft(plan, standing)) return;
  AddTime(standing, report);
  AddPeak(plan, standing, report);
}

std::string SpreadText(const SeedNoise& noise) {
  return fmt::format("{}, as spread in {}",
                     noise.paired ? "paired by seed" : "from the spread within cells",
                     Counted(noise.runs, "run"));
}

std::string DetectableText(const Detectable& detectable) {
  if (!detectable.shift) {
    return "nothing: one seed cannot tell a difference from chance; give [repeat] more seeds, e.g. "
           "seeds = [1, 2, 3, 4, 5]";
  }
  const std::string test = fmt::format("4 times out of 5, with {}, before any adjustment",
                                       Counted(detectable.seeds, "seed"));
  const std::string in = detectable.metric.empty() ? "" : " in " + detectable.metric;
  const std::string unit = detectable.unit.empty() ? "" : " " + detectable.unit;
  if (detectable.noise && detectable.noise->sd > 0) {
    return fmt::format("differences{} of {}{} or more, {} ({})", in,
                       RoughNumber(*detectable.difference()), unit, test,
                       SpreadText(*detectable.noise));
  }
  if (detectable.noise) {
    return fmt::format("any difference{}: {} of the same cell and of others showed no spread", in,
                       Counted(detectable.noise->runs, "run"));
  }
  return fmt::format(
      "differences{} of {} sd or more, {}; {}", in, RoughNumber(*detectable.shift), test,
      detectable.metric.empty() ? "name the metric in [goal] to see how much that is"
                                : "how much that is shows once cells have two runs each");
}

}  // namespace

std::string PlanText(const SweepPlan& plan, const PlanStanding& standing, std::size_t columns) {
  Report report(columns);
  AddAxes(plan.spec, report);
  AddCells(plan, report);
  AddLimits(plan.spec, report);
  AddStore(standing, report);
  AddSweep(plan, standing, report);
  AddEstimate(plan, standing, report);
  if (standing.detectable) report.Add("detects", DetectableText(*standing.detectable));
  for (const std::string& note : plan.notes) report.Add("note", note);
  const std::string about = plan.spec.about.empty() ? "" : ": " + plan.spec.about;
  return plan.spec.name + about + "\n" + std::move(report).text();
}

}  // namespace sweepformer
