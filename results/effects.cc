#include "results/effects.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "results/comparison_data.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

/// Of an axis whose interactions are looked for: of more, nobody reads what each does to each.
constexpr std::size_t kMostLevels = 8;

/// Ratios whose logarithms are closer are equal: what is left is of rounding.
constexpr double kLogRounding = 1e-12;

using Key = std::vector<Value>;

/// What a run says of a metric.
std::optional<double> FigureOf(const ComparedRun& run, std::size_t metric) {
  const auto& figure = run.figures[metric];
  return run.state == RunState::kSucceeded && figure && !std::isnan(*figure) ? figure
                                                                             : std::nullopt;
}

bool AllHaveLogarithms(const ComparisonData& data, std::size_t metric) {
  for (const ComparedCell& cell : data.cells)
    for (const ComparedRun& run : cell.runs) {
      const auto figure = FigureOf(run, metric);
      if (figure && !(std::isfinite(*figure) && *figure > 0)) return false;
    }
  return true;
}

std::vector<EffectScale> ScalesOf(const ComparisonData& data,
                                  const std::vector<MetricSpec>& metrics) {
  std::vector<EffectScale> scales;
  for (std::size_t i = 0; i < metrics.size(); ++i) {
    const bool of_size = DependsOnMachine(metrics[i]) || metrics[i].unit == "bytes";
    scales.push_back(of_size && AllHaveLogarithms(data, i) ? EffectScale::kRatio
                                                           : EffectScale::kDifference);
  }
  return scales;
}

/// Where the cells of a change are looked for: all, or those with one value of another axis.
struct Slice {
  std::optional<std::size_t> column;
  Value value;
};

/// The cells of a sweep as points in the space of its axes.
class AxisSpace {
 public:
  AxisSpace(const ComparisonData& data, std::vector<EffectScale> scales)
      : data_(data), scales_(std::move(scales)), at_(data.names.size()) {
    for (const std::size_t column : Candidates())
      if (!IsTwin(column)) axes_.push_back(column);
    std::sort(axes_.begin(), axes_.end());
    for (const std::size_t axis : axes_)
      for (const ComparedCell& cell : data.cells) at_[axis][cell.values[axis]].push_back(&cell);
  }

  const std::vector<std::size_t>& axes() const { return axes_; }
  const std::string& name(std::size_t column) const { return data_.names[column]; }
  const std::vector<EffectScale>& scales() const { return scales_; }

  /// In the order of the plan, the one of the baseline first if all of it has one.
  std::vector<Value> LevelsOf(std::size_t column) const {
    std::vector<Value> levels;
    std::set<Value> met, of_baseline;
    for (const ComparedCell& cell : data_.cells) {
      const Value& value = cell.values[column];
      if (IsNull(value)) continue;
      if (met.insert(value).second) levels.push_back(value);
      if (cell.is_baseline) of_baseline.insert(value);
    }
    if (of_baseline.size() == 1)
      std::stable_partition(levels.begin(), levels.end(),
                            [&](const Value& level) { return level == *of_baseline.begin(); });
    return levels;
  }

  /// What is left of a cell besides the axis: the axes that cells of both levels have.
  std::vector<std::size_t> Matched(std::size_t axis, const Value& from, const Value& to) const {
    std::vector<std::size_t> matched;
    for (const std::size_t other : axes_)
      if (other != axis && Has(axis, from, other) && Has(axis, to, other)) matched.push_back(other);
    return matched;
  }

  using Figures = std::map<Key, BySeed>;

  /// The figures of one level, or their logarithms, by the values of the matched axes.
  Figures FiguresAt(std::size_t axis, const Value& level, const std::vector<std::size_t>& matched,
                    const Slice& slice, std::size_t metric) const {
    Figures figures;
    for (const ComparedCell* cell : at_[axis].at(level)) {
      if (slice.column && cell->values[*slice.column] != slice.value) continue;
      Key key;
      for (const std::size_t column : matched) key.push_back(cell->values[column]);
      BySeed& values = figures[key];
      for (const ComparedRun& run : cell->runs)
        if (const auto figure = FigureOf(run, metric))
          values[run.seed].push_back(OnScale(metric, *figure));
    }
    return figures;
  }

 private:
  double OnScale(std::size_t metric, double figure) const {
    return scales_[metric] == EffectScale::kRatio ? std::log(figure) : figure;
  }

  /// What varies and follows from nothing, the parameters that most cells have first.
  std::vector<std::size_t> Candidates() const {
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < data_.names.size(); ++i)
      if (data_.varying.contains(data_.names[i]) && !data_.derived.contains(data_.names[i]))
        columns.push_back(i);
    std::vector<std::size_t> cells(data_.names.size());
    for (const ComparedCell& cell : data_.cells)
      for (const std::size_t column : columns) cells[column] += IsNull(cell.values[column]) ? 0 : 1;
    std::stable_sort(columns.begin(), columns.end(),
                     [&](std::size_t a, std::size_t b) { return cells[a] > cells[b]; });
    return columns;
  }

  /// Whether an axis already tells the same cells apart, as d_model does where heads go with it;
  /// cells that lack one of them do not speak against it.
  bool IsTwin(std::size_t column) const {
    return std::any_of(axes_.begin(), axes_.end(), [&](std::size_t axis) {
      std::map<Value, Value> there, back;
      const bool agree =
          std::all_of(data_.cells.begin(), data_.cells.end(), [&](const ComparedCell& cell) {
            const Value &a = cell.values[axis], &b = cell.values[column];
            if (IsNull(a) || IsNull(b)) return true;
            return there.emplace(a, b).first->second == b && back.emplace(b, a).first->second == a;
          });
      return agree && there.size() > 1;
    });
  }

  bool Has(std::size_t axis, const Value& level, std::size_t other) const {
    const auto& cells = at_[axis].at(level);
    return std::any_of(cells.begin(), cells.end(),
                       [&](const ComparedCell* cell) { return !IsNull(cell->values[other]); });
  }

  const ComparisonData& data_;
  std::vector<EffectScale> scales_;
  std::vector<std::size_t> axes_;
  std::vector<std::map<Value, std::vector<const ComparedCell*>>> at_;  ///< by column and level
};

/// The change of each seed, averaged over the pairs of cells.
struct Changes {
  std::map<std::pair<Key, std::int64_t>, double> each;  ///< by what the pair shares, and seed
  BySeed by_seed;
  BySeed references;  ///< what they are changes of
  std::size_t pairs = 0;
};

bool AllOfSize(const BySeed& values, std::size_t size) {
  return std::all_of(values.begin(), values.end(),
                     [&](const auto& one) { return one.second.size() == size; });
}

/// Leaves out the seeds that only some of the pairs have, if two or more are left: else what
/// differs between pairs would pass for the spread between seeds.
void KeepWholeSeeds(std::size_t pairs, BySeed& values) {
  const auto is_part = [&](const auto& one) { return one.second.size() != pairs; };
  const auto parts = std::count_if(values.begin(), values.end(), is_part);
  if (std::ssize(values) - parts >= 2) std::erase_if(values, is_part);
}

Changes ChangesBetween(const AxisSpace::Figures& from, const AxisSpace::Figures& to) {
  Changes changes;
  for (const auto& [key, values] : to) {
    const auto start = from.find(key);
    if (start == from.end()) continue;
    bool any = false;
    for (const auto& [seed, figures] : values) {
      const auto same = start->second.find(seed);
      if (same == start->second.end()) continue;
      const auto mean = SpreadOf(figures).mean, before = SpreadOf(same->second).mean;
      if (!mean || !before || std::isnan(*mean - *before)) continue;  // of infinities
      changes.each[{key, seed}] = *mean - *before;
      changes.by_seed[seed].push_back(*mean - *before);
      changes.references[seed].push_back(*before);
      any = true;
    }
    changes.pairs += any ? 1 : 0;
  }
  KeepWholeSeeds(changes.pairs, changes.by_seed);
  KeepWholeSeeds(changes.pairs, changes.references);
  return changes;
}

/// How much more the one changes than the other, of each seed, averaged over the pairs of cells
/// that both have: else what differs between pairs would pass for it.
BySeed MoreThan(const Changes& here, const Changes& first) {
  BySeed more;
  std::set<Key> pairs;
  for (const auto& [place, change] : here.each) {
    const auto same = first.each.find(place);
    if (same == first.each.end()) continue;
    more[place.second].push_back(change - same->second);
    pairs.insert(place.first);
  }
  KeepWholeSeeds(pairs.size(), more);
  return more;
}

BySeed WithoutRounding(BySeed logarithms) {
  for (auto& [seed, values] : logarithms)
    if (std::abs(SpreadOf(values).mean.value_or(0)) < kLogRounding) values = {0.0};
  return logarithms;
}

/// The difference that `changes` are, told from none.
std::optional<Difference> FromNothing(const BySeed& changes, const MetricSpec& metric) {
  BySeed none;
  for (const auto& [seed, values] : changes) none[seed] = {0.0};
  return DifferenceOf(changes, none, metric);
}

class EffectFinder {
 public:
  EffectFinder(const ComparisonData& data, const std::vector<MetricSpec>& metrics)
      : space_(data, ScalesOf(data, metrics)), metrics_(metrics) {}

  Effects Find() {
    for (const std::size_t axis : space_.axes()) FindOf(axis);
    for (std::size_t metric = 0; metric < metrics_.size(); ++metric) Adjust(metric);
    KeepDistinguishable();
    found_.scales = space_.scales();
    return std::move(found_);
  }

 private:
  void FindOf(std::size_t axis) {
    const std::vector<Value> levels = space_.LevelsOf(axis);
    bool any = false;
    for (std::size_t level = 1; level < levels.size(); ++level)
      any = FindChange(axis, levels.front(), levels[level], levels.size() <= kMostLevels) || any;
    if (!any) found_.skipped.push_back(space_.name(axis));
  }

  bool FindChange(std::size_t axis, const Value& from, const Value& to, bool interacts) {
    const std::vector<std::size_t> matched = space_.Matched(axis, from, to);
    bool any = false;
    for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
      const Changes changes = ChangesIn(axis, from, to, matched, {}, metric);
      const auto difference = Told(changes.by_seed, metric);
      if (!difference) continue;
      any = true;
      Effect& effect = found_.effects.emplace_back();
      effect.change = {space_.name(axis), from, to};
      effect.metric = metric;
      effect.pairs = static_cast<int>(changes.pairs);
      effect.even = AllOfSize(changes.by_seed, changes.pairs);
      effect.difference = *difference;
      effect.reference = ReferenceOf(changes, metric);
      for (const std::size_t other : matched)
        if (interacts && other > axis) FindInteractions(axis, from, to, matched, other, metric);
    }
    return any;
  }

  bool IsRatio(std::size_t metric) const { return space_.scales()[metric] == EffectScale::kRatio; }

  std::optional<Difference> Told(const BySeed& changes, std::size_t metric) const {
    return FromNothing(IsRatio(metric) ? WithoutRounding(changes) : changes, metrics_[metric]);
  }

  double ReferenceOf(const Changes& changes, std::size_t metric) const {
    const double mean = SpreadOf(SeedMeans(changes.references)).mean.value_or(0);
    return IsRatio(metric) ? std::exp(mean) : mean;
  }

  Changes ChangesIn(std::size_t axis, const Value& from, const Value& to,
                    const std::vector<std::size_t>& matched, const Slice& slice,
                    std::size_t metric) const {
    return ChangesBetween(space_.FiguresAt(axis, from, matched, slice, metric),
                          space_.FiguresAt(axis, to, matched, slice, metric));
  }

  /// The change at every level of the other axis against that at its first.
  void FindInteractions(std::size_t axis, const Value& from, const Value& to,
                        const std::vector<std::size_t>& matched, std::size_t other,
                        std::size_t metric) {
    const std::vector<Value> levels = space_.LevelsOf(other);
    if (levels.size() > kMostLevels) return;
    std::vector<std::size_t> rest = matched;
    std::erase(rest, other);
    const Changes first = ChangesIn(axis, from, to, rest, {other, levels.front()}, metric);
    for (std::size_t level = 1; level < levels.size(); ++level) {
      const Changes here = ChangesIn(axis, from, to, rest, {other, levels[level]}, metric);
      const auto difference = Told(MoreThan(here, first), metric);
      if (!difference) continue;
      found_.interactions.push_back({{space_.name(axis), from, to},
                                     {space_.name(other), levels.front(), levels[level]},
                                     metric,
                                     *difference});
    }
  }

  /// Effects are one family of a metric, interactions another.
  void Adjust(std::size_t metric) {
    std::vector<Difference*> effects, interactions;
    for (Effect& one : found_.effects)
      if (one.metric == metric) effects.push_back(&one.difference);
    for (Interaction& one : found_.interactions)
      if (one.metric == metric) interactions.push_back(&one.difference);
    AdjustFamily(effects, metrics_[metric].goal);
    AdjustFamily(interactions, metrics_[metric].goal);
    found_.interactions_tested += static_cast<int>(interactions.size());
  }

  void KeepDistinguishable() {
    std::erase_if(found_.interactions, [](const Interaction& one) {
      return !one.difference.p_holm || *one.difference.p_holm > kAlpha ||
             one.difference.verdict == DifferenceVerdict::kEqual;
    });
    std::stable_sort(found_.interactions.begin(), found_.interactions.end(),
                     [](const Interaction& a, const Interaction& b) {
                       return *a.difference.p_holm < *b.difference.p_holm;
                     });
  }

  const AxisSpace space_;
  const std::vector<MetricSpec>& metrics_;
  Effects found_;
};

}  // namespace

const char* EffectScaleWord(EffectScale scale) {
  return scale == EffectScale::kRatio ? "ratio" : "difference";
}

std::optional<Ratio> RatioOf(const Difference& of_logarithms) {
  if (!of_logarithms.mean) return {};
  Ratio ratio{std::exp(*of_logarithms.mean), {}};
  if (const auto& interval = of_logarithms.interval)
    ratio.interval = {std::exp(interval->low), std::exp(interval->high)};
  return ratio;
}

Result<Effects> EffectsOf(const Connection& connection, const ComparisonRequest& request) {
  SF_ASSIGN(const ResolvedRequest resolved, Resolve(connection, request));
  SF_ASSIGN(const ComparisonData data, ReadComparisonData(connection, resolved));
  Effects effects = EffectFinder(data, resolved.metrics).Find();
  effects.sweep = resolved.sweep.name;
  effects.metrics = resolved.metrics;
  return effects;
}

}  // namespace sweepformer
