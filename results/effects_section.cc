#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "orchestrator/core/printable.h"
#include "results/answer_section.h"
#include "results/comparison_warnings.h"
#include "results/trade_off.h"

namespace sweepformer {
namespace {

using Texts = std::vector<std::string>;

std::string ChangeText(const LevelChange& change) {
  std::vector<Value> levels = {change.from, change.to};
  TellApart(levels);
  return fmt::format("{} → {}", FormatValue(levels[0]), FormatValue(levels[1]));
}

/// One scale for a metric's differences: they are of one unit.
template <typename Item>
std::vector<FigureScale> ScalesOf(const Effects& effects, const std::vector<Item>& items) {
  std::vector<FigureScale> scales;
  for (std::size_t metric = 0; metric < effects.metrics.size(); ++metric) {
    std::vector<const Difference*> differences;
    for (const Item& item : items)
      if (item.metric == metric) differences.push_back(&item.difference);
    scales.push_back(FigureScale::Fit(effects.metrics[metric].unit, SpreadsOf(differences)));
  }
  return scales;
}

/// "× 1.64 [1.50, 1.80]"
std::string RatioText(const Difference& of_logarithms) {
  const auto ratio = RatioOf(of_logarithms);
  if (!ratio) return "-";
  const double size = std::min(ratio->mean, std::abs(ratio->mean - 1));
  const auto& interval = ratio->interval;
  const double side = interval ? ratio->mean - interval->low : 0;
  const double step = std::max(side / 10, size / 100);
  const auto text = [&](double number) { return FormatToStep(number, step); };
  if (!interval) return "× " + text(ratio->mean);
  return fmt::format("× {} [{}, {}]", text(ratio->mean), text(interval->low), text(interval->high));
}

/// Metric, difference, p and verdict of each.
template <typename Item>
void AddFindings(const Effects& effects, const std::vector<Item>& items, TextTable& table) {
  const std::vector<FigureScale> scales = ScalesOf(effects, items);
  Texts metrics, differences, p, verdicts;
  for (const Item& item : items) {
    const Difference& difference = item.difference;
    const FigureScale& scale = scales[item.metric];
    const std::string& metric = effects.metrics[item.metric].name;
    const bool is_ratio = effects.scales[item.metric] == EffectScale::kRatio;
    metrics.push_back(is_ratio ? metric : scale.Header(metric));
    differences.push_back(is_ratio ? RatioText(difference) : DifferenceText(difference, scale));
    p.push_back(ProbabilityText(difference.p_holm));
    verdicts.push_back(
        VerdictText(difference.verdict, difference.n, ReplicateWord(effects.metrics[item.metric])));
  }
  AddColumn(table, "metric", Align::kLeft, metrics);
  AddColumn(table, "effect [95 %]", Align::kRight, differences);
  AddColumn(table, "p", Align::kRight, p);
  AddColumn(table, "", Align::kLeft, verdicts);
}

}  // namespace

Section EffectsSection(const Answer& answer) {
  const Effects& effects = *answer.effects;
  Texts axes, changes, pairs;
  for (const Effect& effect : effects.effects) {
    axes.push_back(effect.change.axis);
    changes.push_back(ChangeText(effect.change));
    pairs.push_back(std::to_string(effect.pairs));
  }
  Section section;
  section.title = "effects of each axis, the others kept";
  AddColumn(section.table, "axis", Align::kLeft, axes);
  AddColumn(section.table, "change", Align::kLeft, changes);
  AddColumn(section.table, "pairs", Align::kRight, pairs);
  AddFindings(effects, effects.effects, section.table);
  section.notes = TradeOffs(effects);
  const auto& scales = effects.scales;
  const bool ratios = std::count(scales.begin(), scales.end(), EffectScale::kRatio) > 0;
  section.notes.push_back(
      fmt::format("effect: mean{} over the pairs of cells that differ in the axis only, seed by "
                  "seed; 95 % interval over seeds; p adjusted (Holm) for the effects on a metric",
                  ratios ? " (×: geometric, of the ratios)" : ""));
  const auto uneven = std::count_if(effects.effects.begin(), effects.effects.end(),
                                    [](const Effect& effect) { return !effect.even; });
  if (uneven > 0)
    section.notes.push_back(
        fmt::format("{} of other pairs of cells with other seeds, so that part of {} may be of the "
                    "pairs; see what is missing with: sweepformer query --name missing --param "
                    "sweep={}",
                    uneven == 1 ? "1 effect is" : fmt::format("{} effects are", uneven),
                    uneven == 1 ? "it" : "them", ShellWord(effects.sweep)));
  for (const std::string& axis : effects.skipped)
    section.notes.push_back(
        fmt::format("{}: no two cells with a common seed differ in it alone", axis));
  return section;
}

Section InteractionsSection(const Answer& answer) {
  const Effects& effects = *answer.effects;
  Texts changes, others;
  for (const Interaction& one : effects.interactions) {
    changes.push_back(fmt::format("{} {}", one.change.axis, ChangeText(one.change)));
    others.push_back(fmt::format("{} {}", one.other.axis, ChangeText(one.other)));
  }
  Section section;
  section.title = "interactions: how much an effect differs between levels of another axis";
  AddColumn(section.table, "effect of", Align::kLeft, changes);
  AddColumn(section.table, "between", Align::kLeft, others);
  AddFindings(effects, effects.interactions, section.table);
  section.notes.push_back(effects.interactions_tested == 0
                              ? "none to test: no two axes of at most 8 levels cross with a "
                                "common seed"
                              : fmt::format("{} of {} tested are distinguishable (p at most 0.05, "
                                            "adjusted for those on a metric)",
                                            effects.interactions.size(),
                                            effects.interactions_tested));
  return section;
}

}  // namespace sweepformer
