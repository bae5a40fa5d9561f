#include "results/comparison_warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "orchestrator/core/names.h"
#include "orchestrator/core/printable.h"
#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

std::string Plural(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// What lists the runs without a result, and why they have none. Of probes there are counts only.
std::string ListMissing(const Comparison& comparison) {
  const auto& metrics = comparison.metrics;
  const bool probes = std::all_of(metrics.begin(), metrics.end(), IsOfProbes);
  return (probes ? "sweepformer status " : "sweepformer query --name missing --param sweep=") +
         ShellWord(comparison.sweep);
}

/// Parameters that do not have one value inside every group: the varying ones that follow from no
/// others or, where it is none of these, the rest.
std::vector<std::string> PooledNames(const Comparison& comparison, const ComparisonData& data) {
  std::map<std::vector<Value>, const ComparedCell*> first_cells;
  std::set<std::string, NameLess> pooled;
  for (const ComparedCell& cell : data.cells) {
    const auto [it, is_new] = first_cells.try_emplace(cell.by, &cell);
    for (std::size_t i = 0; !is_new && i < data.names.size(); ++i) {
      if (it->second->values[i] != cell.values[i]) pooled.insert(data.names[i]);
    }
  }
  for (const std::string& name : comparison.by) pooled.erase(name);
  std::vector<std::string> names;
  std::copy_if(pooled.begin(), pooled.end(), std::back_inserter(names),
               [&](const std::string& name) {
                 return data.varying.contains(name) && !data.derived.contains(name);
               });
  return names.empty() ? std::vector<std::string>(pooled.begin(), pooled.end()) : names;
}

void WarnOfPooling(const Comparison& comparison, const ComparisonData& data, Warnings& warnings) {
  const auto groups = std::count_if(comparison.groups.begin(), comparison.groups.end(),
                                    [](const ComparedGroup& group) { return group.cells > 1; });
  if (groups == 0) return;
  const std::vector<std::string> names = PooledNames(comparison, data);
  const std::string rows = fmt::format("{} {} several cells together", Plural(groups, "row"),
                                       groups == 1 ? "takes" : "take");
  if (names.empty()) {
    warnings.push_back({"pooled-versions", rows + " that differ in data or worker version alone",
                        "a mean is then of several programs or data sets",
                        "run the sweep again in a store of its own (--store)"});
    return;
  }
  warnings.push_back({"pooled-cells",
                      fmt::format("{}, inside which {} {}", rows, JoinWords(names, "and"),
                                  names.size() == 1 ? "varies" : "vary"),
                      "that is part of the spread",
                      fmt::format("add {} to --by", fmt::join(names, ","))});
}

/// Rows of several cells some of which have a figure for some seeds only.
void WarnOfUnevenSeeds(const Comparison& comparison, Warnings& warnings) {
  const auto uneven = [](const ComparedFigure& figure) {
    return std::any_of(figure.values.begin(), figure.values.end(), [&](const auto& one) {
      return one.second.size() != figure.values.begin()->second.size();
    });
  };
  const auto rows = std::count_if(
      comparison.groups.begin(), comparison.groups.end(), [&](const ComparedGroup& group) {
        return std::any_of(group.figures.begin(), group.figures.end(), uneven);
      });
  if (rows == 0) return;
  warnings.push_back(
      {"uneven-seeds",
       fmt::format("in {} some seeds lack cells that others have", Plural(rows, "row")),
       "differences by seed are then of other cells on either side",
       "see what is missing with: " + ListMissing(comparison)});
}

void WarnOfMissing(const Comparison& comparison, const ComparisonData& data, Warnings& warnings) {
  std::map<RunState, int> missing;
  std::int64_t runs = 0;
  int count = 0;
  for (const ComparedCell& cell : data.cells) {
    for (const ComparedRun& run : cell.runs) {
      ++runs;
      if (run.state == RunState::kSucceeded) continue;
      ++missing[run.state];
      ++count;
    }
  }
  if (count > 0) {
    std::vector<std::string> parts;
    for (const auto& [state, number] : missing) {
      parts.push_back(fmt::format("{} {}", number, Word(state)));
    }
    warnings.push_back(
        {"missing-runs",
         fmt::format("{} of {} not succeeded ({})", count,
                     Plural(runs, "run") + (count == 1 ? " has" : " have"), fmt::join(parts, ", ")),
         fmt::format("{} left out, whatever {} had measured", count == 1 ? "it is" : "they are",
                     count == 1 ? "it" : "they"),
         "see which with: " + ListMissing(comparison)});
  }
}

void WarnOfOutsidePlan(const ComparisonData& data, Warnings& warnings) {
  if (data.outside_plan == 0) return;
  const bool one = data.outside_plan == 1;
  const std::string dropped = fmt::format("the spec no longer names {}", one ? "it" : "them");
  const std::string replaced = fmt::format("the worker, the data or what {} from is another since",
                                           one ? "it starts" : "they start");
  Warning warning;
  warning.kind = "outside-plan";
  warning.seen =
      fmt::format("{} left out", Plural(data.outside_plan, "run") + (one ? " is" : " are"));
  if (data.unplanned == 0) {
    warning.matters = replaced;
    warning.advice =
        "the plan has the same anew, and `sweepformer run` makes what is missing of it";
  } else if (data.unplanned == data.outside_plan) {
    warning.matters = dropped;
    warning.advice = fmt::format("put {} values back into the spec to count {} again",
                                 one ? "its" : "their", one ? "it" : "them");
  } else {
    warning.matters = dropped + ", or " + replaced;
    warning.advice = "put values that the spec lacks back into it to count their runs again";
  }
  warnings.push_back(std::move(warning));
}

void WarnOfUnreportedGoals(const ComparisonData& data, Warnings& warnings) {
  if (data.unreported.empty()) return;
  const bool one = data.unreported.size() == 1;
  warnings.push_back(
      {"unreported-goal", "no run has reported " + JoinWords(data.unreported, "or", false),
       fmt::format("the [goal] names {}, and {} left out", one ? "it" : "them",
                   one ? "it is" : "they are"),
       "if runs that have ended should have reported it, compare its name in [goal] with theirs"});
}

void WarnOfNan(const Comparison& comparison, Warnings& warnings) {
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    int nan = 0;
    int unequal = 0;
    for (const ComparedGroup& group : comparison.groups) {
      const ComparedFigure& figure = group.figures[i];
      nan += figure.nan;
      const int reported = figure.spread.n + figure.nan;
      const bool by_run = !IsOfProbes(comparison.metrics[i]);
      if (by_run && reported > 0 && reported < group.succeeded) ++unequal;
    }
    const std::string& name = comparison.metrics[i].name;
    if (nan > 0) {
      warnings.push_back(
          {"nan",
           fmt::format("{} of {} NaN", Plural(nan, "figure"), name + (nan == 1 ? " is" : " are")),
           fmt::format("the mean is of the others alone, as if {} had not diverged",
                       nan == 1 ? "that run" : "those runs"),
           "find them with: sweepformer query --name not-numbers --param sweep=" +
               ShellWord(comparison.sweep)});
    }
    if (unequal > 0) {
      warnings.push_back(
          {"unreported", fmt::format("not all runs of {} report {}", Plural(unequal, "row"), name),
           "n differs between metrics", "find them in the view runs, where " + name + " IS NULL"});
    }
  }
}

void WarnOfOneSeed(const Comparison& comparison, Warnings& warnings) {
  int most = 0;
  for (const ComparedGroup& group : comparison.groups) most = std::max(most, group.seeds);
  const bool probes = std::all_of(comparison.metrics.begin(), comparison.metrics.end(), IsOfProbes);
  if (most != 1 || probes) return;
  warnings.push_back({"one-seed", "one seed only",
                      "nothing says how far the figures would move with another, so a difference "
                      "may be chance",
                      "give [repeat] more seeds"});
}

std::string Listed(const std::set<std::string>& words) {
  return JoinWords({words.begin(), words.end()}, "and");
}

void WarnOfMixedPrograms(const Machines& machines, Warnings& warnings) {
  constexpr const char* kAgain = "run the sweep again in a store of its own (--store)";
  if (machines.worker_versions.size() > 1) {
    warnings.push_back(
        {"mixed-workers",
         fmt::format("runs of {} worker versions are mixed: {}", machines.worker_versions.size(),
                     Listed(machines.worker_versions)),
         "a difference may be of the programs", kAgain});
  }
  if (machines.libraries.size() > 1) {
    warnings.push_back(
        {"mixed-libraries",
         "runs computed with different libraries are mixed: " + Listed(machines.libraries),
         "figures differ in their last digits, and speeds by more", kAgain});
  }
}

/// The metrics that depend on the machine, in words; with `timed` only those on what ran beside.
std::string MachineMetrics(const Comparison& comparison, bool timed) {
  std::vector<std::string> names;
  for (const MetricSpec& metric : comparison.metrics) {
    const bool packed = !IsOfProbes(metric) && metric.unit != "bytes";
    if (DependsOnMachine(metric) && (!timed || packed)) names.push_back(metric.name);
  }
  return JoinWords(names, "and", false);
}

void WarnOfMixedMachines(const Comparison& comparison, const Machines& machines,
                         Warnings& warnings) {
  const std::string affected = MachineMetrics(comparison, false);
  if (affected.empty()) return;
  const auto warn = [&](const char* kind, const char* what, const std::string& which,
                        const char* advice) {
    warnings.push_back({kind, fmt::format("{} was measured {}: {}", affected, what, which),
                        "a difference may be of the machines", advice});
  };
  constexpr const char* kAgain = "run the sweep again on one machine, in a store of its own";
  if (machines.hosts.size() > 1)
    warn("mixed-hosts", "on several hosts", Listed(machines.hosts), kAgain);
  if (machines.cpus.size() > 1)
    warn("mixed-cpus", "on several kinds of CPU", Listed(machines.cpus), kAgain);
  if (machines.threads.size() > 1) {
    warn("mixed-threads", "with different numbers of threads",
         fmt::format("{}", fmt::join(machines.threads, ", ")),
         "run them again with one --threads-per-run, in a store of their own");
  }
}

void WarnOfDisturbance(const Comparison& comparison, const Machines& machines, Warnings& warnings) {
  const std::string timed = MachineMetrics(comparison, true);
  if (machines.disturbed == 0 || timed.empty()) return;
  warnings.push_back({"disturbed",
                      fmt::format("{} waited for a CPU for over {:.0f} % of {} time",
                                  Plural(machines.disturbed, "run"), 100 * kDisturbedShare,
                                  machines.disturbed == 1 ? "its" : "their"),
                      "that is part of " + timed,
                      "for speeds of their own run with a smaller -j, and nothing beside"});
}

/// Speeds tell designs apart only as far as each is programmed as well as the others.
void WarnOfEngineering(const Comparison& comparison, Warnings& warnings) {
  const std::string timed = MachineMetrics(comparison, true);
  if (timed.empty()) return;
  const ComparedGroup* lowest = nullptr;
  const ComparedGroup* highest = nullptr;
  for (const ComparedGroup& group : comparison.groups) {
    if (!group.roofline_share) continue;
    if (!lowest || *group.roofline_share < *lowest->roofline_share) lowest = &group;
    if (!highest || *group.roofline_share > *highest->roofline_share) highest = &group;
  }
  if (!lowest || *highest->roofline_share <= kFarShares * *lowest->roofline_share) return;
  const auto place = [&](const ComparedGroup& group) {
    return fmt::format("{:.2g} of it ({})", *group.roofline_share,
                       GroupName(comparison.by, group.by));
  };
  warnings.push_back(
      {"engineering",
       fmt::format("rows use the machine unequally well, from {} to {}", place(*lowest),
                   place(*highest)),
       fmt::format("{} then compares how well each is programmed, not only the designs", timed),
       fmt::format("see --metric {},train_flops", kRooflineMetric)});
}

void WarnOfDisturbedProbes(const Machines& machines, Warnings& warnings) {
  if (machines.disturbed_probes == 0) return;
  warnings.push_back({"disturbed-probes",
                      machines.disturbed_probes == 1
                          ? "1 probe was disturbed each time it was measured"
                          : fmt::format("{} probes were disturbed each time they were measured",
                                        machines.disturbed_probes),
                      "the last figures were kept, and are not the cell's own speed",
                      "let the machine be quiet and measure again in a store of its own"});
}

/// A difference between rows that read different data may be of the data.
void WarnOfOtherData(const Comparison& comparison, Warnings& warnings) {
  const auto rows = std::count_if(
      comparison.groups.begin(), comparison.groups.end(), [&](const ComparedGroup& group) {
        return group.baseline && group.data != comparison.groups[*group.baseline].data;
      });
  if (rows == 0) return;
  warnings.push_back({"other-data",
                      fmt::format("{} read other data than {} baseline", Plural(rows, "row"),
                                  rows == 1 ? "its" : "their"),
                      "the difference may be of the data",
                      "make the data set one of --by and let the baseline's rule hold for each"});
}

/// Figures of rows that are held against nothing: `alone` for want of a baseline, `bare` for want
/// of the baseline's figure.
void WarnOfNoBaseline(const Comparison& comparison, int alone, int bare, Warnings& warnings) {
  const auto figures = [](int count) {
    return Plural(count, "figure") + (count == 1 ? " has" : " have");
  };
  const auto matters = [](int count) {
    return fmt::format("{} held against nothing", count == 1 ? "it is" : "they are");
  };
  if (bare > 0) {
    const bool all = comparison.matched_by.empty();
    warnings.push_back({"no-baseline",
                        all ? "the baseline has no figure to compare with"
                            : figures(bare) + " a baseline without a figure to compare with",
                        all ? "there are no differences" : matters(bare),
                        "see why with: " + ListMissing(comparison)});
  }
  if (alone > 0) {
    warnings.push_back({"no-baseline",
                        fmt::format("{} no baseline with the same {}", figures(alone),
                                    JoinWords(comparison.matched_by, "and", false)),
                        matters(alone), "give --baseline a rule that holds once for each of them"});
  }
}

/// Figures that are held against nothing, and differences between means of other seeds.
void WarnOfUnpaired(const Comparison& comparison, Warnings& warnings) {
  int alone = 0, bare = 0, unpaired = 0, partly = 0;
  for (const ComparedGroup& group : comparison.groups) {
    if (group.is_baseline || group.succeeded == 0) continue;
    for (std::size_t metric = 0; metric < group.figures.size(); ++metric) {
      const ComparedFigure& figure = group.figures[metric];
      if (figure.spread.n == 0) continue;
      if (!figure.difference) ++(group.baseline ? bare : alone);
      if (!figure.difference) continue;
      if (!figure.difference->paired) ++unpaired;
      const auto seeds = std::max(figure.values.size(),
                                  comparison.groups[*group.baseline].figures[metric].values.size());
      if (figure.difference->paired && figure.difference->n < static_cast<int>(seeds)) ++partly;
    }
  }
  WarnOfNoBaseline(comparison, alone, bare, warnings);
  if (partly > 0) {
    warnings.push_back(
        {"partly-paired",
         fmt::format("{} out seeds that only one side has",
                     Plural(partly, "difference") + (partly == 1 ? " leaves" : " leave")),
         "they are of fewer seeds than the rows have, and not those of the means shown",
         "run both with the same [repeat] seeds"});
  }
  if (unpaired > 0) {
    warnings.push_back(
        {"unpaired",
         fmt::format("{} between means of different seeds",
                     Plural(unpaired, "difference") + (unpaired == 1 ? " is" : " are")),
         "the baseline has none of the row's seeds, or but one, so luck with them is part of it",
         "run both with the same [repeat] seeds"});
  }
}

/// Cells have runs, so that there are rows unless only probes count.
void WarnOfNoProbes(const Comparison& comparison, Warnings& warnings) {
  if (!comparison.groups.empty()) return;
  warnings.push_back({"no-probes", "no probe of these cells is planned",
                      "probes measure what is asked for, so there is nothing to compare",
                      "add [measure] to the spec and run it again"});
}

void WarnOfBaseline(const Comparison& comparison, Warnings& warnings) {
  if (!comparison.baseline || comparison.groups.empty()) return;
  if (std::all_of(comparison.groups.begin(), comparison.groups.end(),
                  [](const ComparedGroup& group) { return group.is_baseline; })) {
    warnings.push_back({"baseline-everywhere", "the baseline's rule picks every row",
                        "there is no difference to show",
                        "give --baseline a rule that holds for some rows only"});
    return;
  }
  WarnOfUnpaired(comparison, warnings);
  WarnOfOtherData(comparison, warnings);
}

}  // namespace

std::string Warning::Text() const { return seen + ": " + matters + "; " + advice; }

bool IsOfProbes(const MetricSpec& metric) { return IsProbeMetric(metric.name); }

std::string_view ReplicateWord(const MetricSpec& metric) {
  return IsOfProbes(metric) ? "repeat" : "seed";
}

bool IsShareOfHits(const MetricSpec& metric) { return SameName(metric.name, "test_accuracy"); }

bool IsAccuracy(const MetricSpec& metric) { return metric.name.ends_with("accuracy"); }

bool DependsOnMachine(const MetricSpec& metric) {
  if (metric.reproducible) return false;
  const std::string& name = metric.name;
  return metric.unit == "s" || metric.unit == "bytes" || metric.unit.ends_with("/s") ||
         name.ends_with("_seconds") || name.ends_with("_per_second") || name.ends_with("_bytes");
}

Warnings WarningsFor(const Comparison& comparison, const ComparisonData& data) {
  Warnings warnings;
  WarnOfMissing(comparison, data, warnings);
  WarnOfOutsidePlan(data, warnings);
  WarnOfPooling(comparison, data, warnings);
  WarnOfUnevenSeeds(comparison, warnings);
  WarnOfUnreportedGoals(data, warnings);
  WarnOfNan(comparison, warnings);
  WarnOfOneSeed(comparison, warnings);
  WarnOfMixedPrograms(data.machines, warnings);
  WarnOfMixedMachines(comparison, data.machines, warnings);
  WarnOfDisturbance(comparison, data.machines, warnings);
  WarnOfEngineering(comparison, warnings);
  WarnOfDisturbedProbes(data.machines, warnings);
  WarnOfNoProbes(comparison, warnings);
  WarnOfBaseline(comparison, warnings);
  return warnings;
}

}  // namespace sweepformer
