#include "results/comparison_warnings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "orchestrator/core/suggest.h"

namespace sweepformer {
namespace {

std::string Plural(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", count, word, count == 1 ? "" : "s");
}

/// Parameters that do not have one value inside every group: the varying ones or, where it is none
/// of these, those that some cells lack.
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
               [&](const std::string& name) { return data.varying.contains(name); });
  return names.empty() ? std::vector<std::string>(pooled.begin(), pooled.end()) : names;
}

void WarnOfPooling(const Comparison& comparison, const ComparisonData& data,
                   std::vector<std::string>& warnings) {
  const auto groups = std::count_if(comparison.groups.begin(), comparison.groups.end(),
                                    [](const ComparedGroup& group) { return group.cells > 1; });
  if (groups == 0) return;
  const std::vector<std::string> names = PooledNames(comparison, data);
  if (names.empty()) {
    warnings.push_back(
        fmt::format("{} pooled over data or worker versions that differ though the parameters do "
                    "not",
                    groups == 1 ? "1 row is" : fmt::format("{} rows are", groups)));
    return;
  }
  warnings.push_back(fmt::format(
      "{} several cells together: {} {} inside, which is part of the spread; add {} to --by",
      groups == 1 ? "1 row takes" : fmt::format("{} rows take", groups), JoinWords(names, "and"),
      names.size() == 1 ? "varies" : "vary", fmt::join(names, ",")));
}

void WarnOfMissing(const ComparisonData& data, std::vector<std::string>& warnings) {
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
    warnings.push_back(fmt::format("{} of {} not succeeded ({}) and {} left out", count,
                                   Plural(runs, "run") + (count == 1 ? " has" : " have"),
                                   fmt::join(parts, ", "), count == 1 ? "is" : "are"));
  }
  if (data.outside_plan > 0) {
    warnings.push_back(fmt::format(
        "{} left out: the spec no longer names {}",
        data.outside_plan == 1 ? "1 run is" : fmt::format("{} runs are", data.outside_plan),
        data.outside_plan == 1 ? "it" : "them"));
  }
}

void WarnOfNan(const Comparison& comparison, std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < comparison.metrics.size(); ++i) {
    int nan = 0;
    int unequal = 0;
    for (const ComparedGroup& group : comparison.groups) {
      const ComparedFigure& figure = group.figures[i];
      nan += figure.nan;
      const int reported = figure.spread.n + figure.nan;
      if (reported > 0 && reported < group.succeeded) ++unequal;
    }
    const std::string& name = comparison.metrics[i].name;
    if (nan > 0) {
      warnings.push_back(
          fmt::format("{} of {} NaN and not in the mean: look for runs that diverged",
                      Plural(nan, "figure"), name + (nan == 1 ? " is" : " are")));
    }
    if (unequal > 0) {
      warnings.push_back(fmt::format("not all runs of {} report {}: n differs between metrics",
                                     Plural(unequal, "row"), name));
    }
  }
}

void WarnOfOneSeed(const Comparison& comparison, std::vector<std::string>& warnings) {
  int most = 0;
  for (const ComparedGroup& group : comparison.groups) most = std::max(most, group.seeds);
  if (most != 1) return;
  warnings.push_back(
      "one seed only: nothing says how far the figures would move with another, so a difference "
      "may "
      "be chance; give [repeat] more seeds");
}

std::string Listed(const std::set<std::string>& words) {
  return JoinWords({words.begin(), words.end()}, "and");
}

void WarnOfMixedPrograms(const Machines& machines, std::vector<std::string>& warnings) {
  if (machines.worker_versions.size() > 1) {
    warnings.push_back(fmt::format("runs of {} worker versions are mixed: {}",
                                   machines.worker_versions.size(),
                                   Listed(machines.worker_versions)));
  }
  if (machines.libraries.size() > 1) {
    warnings.push_back(fmt::format("runs computed with different libraries are mixed: {}",
                                   Listed(machines.libraries)));
  }
}

/// The metrics that depend on the machine, in words; with `timed` those in bytes are left out.
std::string MachineMetrics(const Comparison& comparison, bool timed) {
  std::vector<std::string> names;
  for (const MetricSpec& metric : comparison.metrics) {
    if (DependsOnMachine(metric) && !(timed && metric.unit == "bytes"))
      names.push_back(metric.name);
  }
  return JoinWords(names, "and", false);
}

void WarnOfMixedMachines(const Comparison& comparison, const Machines& machines,
                         std::vector<std::string>& warnings) {
  const std::string affected = MachineMetrics(comparison, false);
  if (affected.empty()) return;
  if (machines.hosts.size() > 1) {
    warnings.push_back(
        fmt::format("{} was measured on several hosts: {}", affected, Listed(machines.hosts)));
  }
  if (machines.cpus.size() > 1) {
    warnings.push_back(fmt::format("{} was measured on several kinds of CPU: {}", affected,
                                   Listed(machines.cpus)));
  }
  if (machines.threads.size() > 1) {
    warnings.push_back(fmt::format(
        "{} was measured with different numbers of threads: {}; run them again with one "
        "--threads-per-run, in a store of their own",
        affected, fmt::join(machines.threads, ", ")));
  }
}

void WarnOfDisturbance(const Comparison& comparison, const Machines& machines,
                       std::vector<std::string>& warnings) {
  const std::string timed = MachineMetrics(comparison, true);
  if (machines.disturbed == 0 || timed.empty()) return;
  warnings.push_back(fmt::format(
      "{} waited for a CPU for over {:.0f} % of its time, and that is part of {}; for speeds of "
      "their own run with a smaller -j, and nothing beside",
      Plural(machines.disturbed, "run"), 100 * kDisturbedShare, timed));
}

/// A difference between rows that read different data may be of the data.
void WarnOfOtherData(const Comparison& comparison, std::vector<std::string>& warnings) {
  const auto rows = std::count_if(
      comparison.groups.begin(), comparison.groups.end(), [&](const ComparedGroup& group) {
        return group.baseline && group.data != comparison.groups[*group.baseline].data;
      });
  if (rows == 0) return;
  warnings.push_back(fmt::format(
      "{} read other data than {} baseline: the difference may be of the data; make the data set "
      "one of --by and let the baseline's rule hold for each",
      Plural(rows, "row"), rows == 1 ? "its" : "their"));
}

void WarnOfBaseline(const Comparison& comparison, std::vector<std::string>& warnings) {
  if (!comparison.baseline) return;
  if (std::all_of(comparison.groups.begin(), comparison.groups.end(),
                  [](const ComparedGroup& group) { return group.is_baseline; })) {
    warnings.push_back(
        "the baseline's rule picks every row, so there is no difference to show; give --baseline a "
        "rule that holds for some rows only");
    return;
  }
  int alone = 0;
  int unpaired = 0;
  for (const ComparedGroup& group : comparison.groups) {
    if (group.is_baseline || group.succeeded == 0) continue;
    for (const ComparedFigure& figure : group.figures) {
      if (figure.spread.n == 0) continue;
      if (!figure.difference) ++alone;
      if (figure.difference && !figure.difference->paired) ++unpaired;
    }
  }
  if (alone > 0) {
    warnings.push_back(
        comparison.matched_by.empty()
            ? "the baseline has no figure to compare with"
            : fmt::format("{} no baseline with the same {}",
                          alone == 1 ? "1 figure has" : fmt::format("{} figures have", alone),
                          JoinWords(comparison.matched_by, "and", false)));
  }
  WarnOfOtherData(comparison, warnings);
  if (unpaired > 0) {
    warnings.push_back(fmt::format(
        "{} between means of different seeds: the baseline has none of the group's seeds",
        unpaired == 1 ? "1 difference is" : fmt::format("{} differences are", unpaired)));
  }
}

}  // namespace

bool IsShareOfHits(const MetricSpec& metric) { return SameName(metric.name, "test_accuracy"); }

bool DependsOnMachine(const MetricSpec& metric) {
  if (metric.reproducible) return false;
  const std::string& name = metric.name;
  return metric.unit == "s" || metric.unit == "bytes" || metric.unit.ends_with("/s") ||
         name.ends_with("_seconds") || name.ends_with("_per_second") || name.ends_with("_bytes");
}

std::vector<std::string> WarningsFor(const Comparison& comparison, const ComparisonData& data) {
  std::vector<std::string> warnings;
  WarnOfMissing(data, warnings);
  WarnOfPooling(comparison, data, warnings);
  WarnOfNan(comparison, warnings);
  WarnOfOneSeed(comparison, warnings);
  WarnOfMixedPrograms(data.machines, warnings);
  WarnOfMixedMachines(comparison, data.machines, warnings);
  WarnOfDisturbance(comparison, data.machines, warnings);
  WarnOfBaseline(comparison, warnings);
  return warnings;
}

}  // namespace sweepformer
