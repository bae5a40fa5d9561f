#include "results/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "orchestrator/core/suggest.h"
#include "results/comparison_data.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

/// A group as it fills.
struct Filling {
  ComparedGroup group;
  std::set<std::string> cells;
  std::set<std::int64_t> seeds;
  int baseline_runs = 0;
  std::vector<BySeed> values;  ///< as the metrics
};

using Groups = std::map<std::vector<Value>, Filling>;

void AddRun(const ComparedRun& run, Filling& filling) {
  ComparedGroup& group = filling.group;
  group.by = run.by;
  group.figures.resize(run.figures.size());
  filling.values.resize(run.figures.size());
  filling.cells.insert(run.cell);
  group.cells = static_cast<int>(filling.cells.size());
  ++group.runs;
  if (run.is_baseline) ++filling.baseline_runs;
  if (run.state != RunState::kSucceeded) return;
  ++group.succeeded;
  filling.seeds.insert(run.seed);
  group.seeds = static_cast<int>(filling.seeds.size());
  for (std::size_t i = 0; i < run.figures.size(); ++i) {
    if (!run.figures[i]) continue;
    if (std::isnan(*run.figures[i])) {
      ++group.figures[i].nan;
    } else {
      filling.values[i][run.seed].push_back(*run.figures[i]);
    }
  }
}

Groups GroupRuns(const ComparisonData& data) {
  Groups groups;
  for (const ComparedRun& run : data.runs) AddRun(run, groups[run.by]);
  for (auto& [by, filling] : groups) {
    for (std::size_t i = 0; i < filling.values.size(); ++i) {
      std::vector<double> all;
      for (const auto& [seed, values] : filling.values[i]) {
        all.insert(all.end(), values.begin(), values.end());
      }
      filling.group.figures[i].spread = SpreadOf(all);
    }
  }
  return groups;
}

std::string GroupName(const std::vector<std::string>& by, const std::vector<Value>& values) {
  std::string name;
  for (std::size_t i = 0; i < by.size(); ++i) {
    name += fmt::format("{}{} = {}", i > 0 ? ", " : "", by[i],
                        IsNull(values[i]) ? "NULL" : FormatValue(values[i]));
  }
  return name;
}

/// Marks the groups the baseline's rule picks: all of a group, or none of it.
Result<std::vector<const Filling*>> MarkBaselines(const ResolvedRequest& request, Groups& groups) {
  std::vector<const Filling*> baselines;
  for (auto& [by, filling] : groups) {
    if (filling.baseline_runs == 0) continue;
    if (filling.baseline_runs < filling.group.runs) {
      return InvalidArgument(fmt::format(
          "--baseline \"{}\" picks only some runs of the row {}; add the parameters it reads to "
          "--by",
          *request.baseline, GroupName(request.by, by)));
    }
    filling.group.is_baseline = true;
    baselines.push_back(&filling);
  }
  return baselines;
}

/// Which --by parameters tell the baselines apart.
std::vector<std::size_t> MatchedColumns(const std::vector<const Filling*>& baselines) {
  std::vector<std::size_t> columns;
  const std::vector<Value>& first = baselines.front()->group.by;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const bool differs = std::any_of(baselines.begin(), baselines.end(), [&](const Filling* one) {
      return one->group.by[i] != first[i];
    });
    if (differs) columns.push_back(i);
  }
  return columns;
}

std::vector<Value> Picked(const std::vector<Value>& values, const std::vector<std::size_t>& which) {
  std::vector<Value> picked;
  for (const std::size_t i : which) picked.push_back(values[i]);
  return picked;
}

Status AddDifferences(const ResolvedRequest& request, Groups& groups, Comparison& comparison) {
  SF_ASSIGN(const auto baselines, MarkBaselines(request, groups));
  if (baselines.empty()) return {};
  const std::vector<std::size_t> columns = MatchedColumns(baselines);
  for (const std::size_t i : columns) comparison.matched_by.push_back(request.by[i]);
  std::map<std::vector<Value>, const Filling*> by_match;
  for (const Filling* one : baselines) by_match[Picked(one->group.by, columns)] = one;
  for (auto& [by, filling] : groups) {
    const auto it = by_match.find(Picked(by, columns));
    if (filling.group.is_baseline || it == by_match.end()) continue;
    for (std::size_t i = 0; i < filling.values.size(); ++i) {
      filling.group.figures[i].difference = DifferenceOf(filling.values[i], it->second->values[i]);
    }
  }
  return {};
}

/// Distinct values of a column in the order rows are sorted by: NULL, then numbers as numbers; with
/// any text among them, as the plan has them.
std::vector<Value> SortedValues(const ComparisonData& data, std::size_t column) {
  std::vector<Value> values;
  std::set<Value> seen;
  bool text = false;
  for (const ComparedRun& run : data.runs) {
    const Value& value = run.by[column];
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

Result<Comparison> Compare(const Connection& connection, const ComparisonRequest& request) {
  SF_ASSIGN(const ResolvedRequest resolved, Resolve(connection, request));
  SF_ASSIGN(const ComparisonData data, ReadComparisonData(connection, resolved));
  Comparison comparison;
  comparison.sweep = resolved.sweep.name;
  comparison.by = resolved.by;
  comparison.metrics = resolved.metrics;
  comparison.baseline = request.baseline;
  Groups groups = GroupRuns(data);
  if (resolved.baseline) SF_TRY(AddDifferences(resolved, groups, comparison));
  comparison.groups = Sorted(std::move(groups), data, resolved.by.size());
  comparison.warnings = WarningsFor(comparison, data);
  return comparison;
}

}  // namespace sweepformer
