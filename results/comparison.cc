#include "results/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "results/comparison_data.h"
#include "results/comparison_warnings.h"
#include "results/statistics/robust.h"

namespace sweepformer {
namespace {

/// A group as it fills.
struct Filling {
  ComparedGroup group;
  std::set<std::int64_t> seeds;
  int all_runs = 0;  ///< probes among them
  int baseline_runs = 0;
  std::vector<double> shares;
  std::optional<std::int64_t> test_items;  ///< of every run so far; 0: they differ
};

using Groups = std::map<std::vector<Value>, Filling>;

void AddFigures(const ComparedRun& run, ComparedGroup& group) {
  for (std::size_t i = 0; i < run.figures.size(); ++i) {
    if (!run.figures[i]) continue;
    if (std::isnan(*run.figures[i])) {
      ++group.figures[i].nan;
    } else {
      group.figures[i].values[run.seed].push_back(*run.figures[i]);
    }
  }
}

void AddRun(const ComparedRun& run, Filling& filling) {
  ComparedGroup& group = filling.group;
  if (run.is_probe) {
    if (run.state == RunState::kSucceeded) AddFigures(run, group);
    return;
  }
  ++group.runs;
  if (run.state != RunState::kSucceeded) return;
  ++group.succeeded;
  filling.seeds.insert(run.seed);
  const std::int64_t items = run.test_items.value_or(0);
  filling.test_items = filling.test_items.value_or(items) == items ? items : 0;
  AddFigures(run, group);
  if (run.roofline_share) filling.shares.push_back(*run.roofline_share);
}

Groups GroupCells(const ComparisonData& data, std::size_t metrics) {
  Groups groups;
  for (const ComparedCell& cell : data.cells) {
    Filling& filling = groups[cell.by];
    filling.group.by = cell.by;
    filling.group.data.insert(cell.data);
    filling.group.figures.resize(metrics);
    filling.group.cell = ++filling.group.cells == 1 ? cell.id : "";
    for (const ComparedRun& run : cell.runs) AddRun(run, filling);
    filling.all_runs += static_cast<int>(cell.runs.size());
    if (cell.is_baseline) filling.baseline_runs += static_cast<int>(cell.runs.size());
  }
  return groups;
}

/// All seeds are tested on the same items, so that their mean share of hits is as unsure, as to the
/// items, as the share of one run.
void Summarize(const std::vector<MetricSpec>& metrics, Filling& filling) {
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    ComparedFigure& figure = filling.group.figures[i];
    std::vector<double> all;
    for (const auto& [seed, values] : figure.values) {
      all.insert(all.end(), values.begin(), values.end());
    }
    figure.spread = SpreadOf(all);
    figure.interval = MeanInterval(SpreadOf(SeedMeans(figure.values)));
    figure.iqm = Iqm(all);
    const bool is_share = IsShareOfHits(metrics[i]) && filling.test_items.value_or(0) > 0;
    if (is_share && figure.spread.mean) {
      figure.test_interval = WilsonInterval(*figure.spread.mean, *filling.test_items);
    }
  }
  filling.group.seeds = static_cast<int>(filling.seeds.size());
  filling.group.roofline_share = SpreadOf(filling.shares).mean;
}

/// Marks the groups the baseline's rule picks: all of a group, or none of it.
Status MarkBaselines(const ResolvedRequest& request, const std::string& rule, Groups& groups) {
  for (auto& [by, filling] : groups) {
    if (filling.baseline_runs == 0) continue;
    if (filling.baseline_runs < filling.all_runs) {
      return InvalidArgument(fmt::format(
          "--baseline \"{}\" picks only some runs of the row {}; add the parameters it reads to "
          "--by",
          rule, GroupName(request.by, by)));
    }
    filling.group.is_baseline = true;
  }
  return {};
}

/// In which --by parameters the baselines differ.
std::vector<std::size_t> ColumnsOfBaselines(const std::vector<ComparedGroup>& groups) {
  std::set<std::size_t> columns;
  const ComparedGroup* first = nullptr;
  for (const ComparedGroup& group : groups) {
    if (!group.is_baseline) continue;
    if (!first) first = &group;
    for (std::size_t i = 0; i < group.by.size(); ++i) {
      if (group.by[i] != first->by[i]) columns.insert(i);
    }
  }
  return {columns.begin(), columns.end()};
}

std::vector<Value> Picked(const std::vector<Value>& values, const std::vector<std::size_t>& which) {
  std::vector<Value> picked;
  for (const std::size_t i : which) picked.push_back(values[i]);
  return picked;
}

std::size_t CountBaselines(const std::vector<ComparedGroup>& groups,
                           const std::vector<std::size_t>& columns) {
  std::set<std::vector<Value>> baselines;
  for (const ComparedGroup& group : groups)
    if (group.is_baseline) baselines.insert(Picked(group.by, columns));
  return baselines.size();
}

/// Which --by parameters tell the baselines apart: derived ones only where the others do not.
std::vector<std::size_t> MatchedColumns(const Comparison& comparison,
                                        const std::set<std::string, NameLess>& derived) {
  const std::vector<std::size_t> all = ColumnsOfBaselines(comparison.groups);
  std::vector<std::size_t> others;
  for (const std::size_t i : all)
    if (!derived.contains(comparison.by[i])) others.push_back(i);
  const bool suffice =
      CountBaselines(comparison.groups, others) == CountBaselines(comparison.groups, all);
  return suffice ? others : all;
}

/// Finds which baseline each group is held against.
void MatchBaselines(const std::set<std::string, NameLess>& derived, Comparison& comparison) {
  const std::vector<std::size_t> columns = MatchedColumns(comparison, derived);
  for (const std::size_t i : columns) comparison.matched_by.push_back(comparison.by[i]);
  std::map<std::vector<Value>, std::size_t> place;
  for (std::size_t i = 0; i < comparison.groups.size(); ++i) {
    if (comparison.groups[i].is_baseline) place[Picked(comparison.groups[i].by, columns)] = i;
  }
  for (ComparedGroup& group : comparison.groups) {
    const auto it = place.find(Picked(group.by, columns));
    if (!group.is_baseline && it != place.end()) group.baseline = it->second;
  }
}

/// All differences in one metric are told together: they are one family.
void AddDifferences(std::size_t metric, Comparison& comparison) {
  const MetricSpec& spec = comparison.metrics[metric];
  std::vector<Difference*> family;
  for (ComparedGroup& group : comparison.groups) {
    if (!group.baseline) continue;
    const ComparedGroup& baseline = comparison.groups[*group.baseline];
    ComparedFigure& figure = group.figures[metric];
    figure.difference = DifferenceOf(figure.values, baseline.figures[metric].values, spec);
    if (figure.difference) family.push_back(&*figure.difference);
  }
  AdjustFamily(family, spec.goal);
}

/// Distinct values of a column in the order rows are sorted by: NULL, then numbers as numbers; with
/// any text among them, as the plan has them.
std::vector<Value> SortedValues(const ComparisonData& data, std::size_t column) {
  std::vector<Value> values;
  std::set<Value> seen;
  bool text = false;
  for (const ComparedCell& cell : data.cells) {
    const Value& value = cell.by[column];
    if (seen.insert(value).second) values.push_back(value);
    text = text || std::holds_alternative<std::string>(value);
  }
  const auto null_end = std::stable_partition(values.begin(), values.end(),
                                              [](const Value& one) { return IsNull(one); });
  if (text) return values;
  std::sort(null_end, values.end(),
            [](const Value& a, const Value& b) { return AsDouble(a) < AsDouble(b); });
  return values;
}

std::vector<ComparedGroup> Sorted(Groups groups, const ComparisonData& data, std::size_t columns) {
  std::vector<std::map<Value, std::size_t>> ranks(columns);
  for (std::size_t column = 0; column < columns; ++column) {
    for (const Value& value : SortedValues(data, column)) {
      ranks[column].emplace(value, ranks[column].size());
    }
  }
  std::map<std::vector<std::size_t>, ComparedGroup> sorted;
  for (auto& [by, filling] : groups) {
    std::vector<std::size_t> rank;
    for (std::size_t column = 0; column < columns; ++column) {
      rank.push_back(ranks[column].at(by[column]));
    }
    sorted.emplace(std::move(rank), std::move(filling.group));
  }
  std::vector<ComparedGroup> list;
  for (auto& [rank, group] : sorted) list.push_back(std::move(group));
  return list;
}

}  // namespace

std::string GroupName(const std::vector<std::string>& by, const std::vector<Value>& values) {
  std::string name;
  for (std::size_t i = 0; i < by.size(); ++i) {
    name += fmt::format("{}{} = {}", i > 0 ? ", " : "", by[i],
                        IsNull(values[i]) ? "NULL" : FormatValue(values[i]));
  }
  return name.empty() ? "the only row" : name;
}

Result<Comparison> Compare(const Connection& connection, const ComparisonRequest& request) {
  SF_ASSIGN(const ResolvedRequest resolved, Resolve(connection, request));
  SF_ASSIGN(const ComparisonData data, ReadComparisonData(connection, resolved));
  Comparison comparison;
  comparison.sweep = resolved.sweep.name;
  comparison.by = resolved.by;
  comparison.metrics = resolved.metrics;
  comparison.baseline = request.baseline;
  Groups groups = GroupCells(data, resolved.metrics.size());
  for (auto& [by, filling] : groups) Summarize(resolved.metrics, filling);
  if (request.baseline) SF_TRY(MarkBaselines(resolved, *request.baseline, groups));
  comparison.groups = Sorted(std::move(groups), data, resolved.by.size());
  if (request.baseline) {
    MatchBaselines(resolved.derived, comparison);
    for (std::size_t i = 0; i < comparison.metrics.size(); ++i) AddDifferences(i, comparison);
  }
  comparison.warnings = WarningsFor(comparison, data);
  return comparison;
}

}  // namespace sweepformer
