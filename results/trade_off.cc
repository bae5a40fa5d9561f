#include "results/trade_off.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "orchestrator/core/suggest.h"
#include "results/comparison_warnings.h"
#include "results/figure_scale.h"

namespace sweepformer {
namespace {

constexpr double kPercent = 100;
constexpr double kLeastShare = 0.01;  ///< of a size that is worth a digit

/// A size with its half interval, as a person would say it: "0.6 ± 0.4".
std::string Rounded(double size, const std::optional<Interval>& interval, double factor) {
  size = std::abs(size) * factor;
  const double half = interval ? interval->half() * factor : 0;
  const double step = std::max(half, kLeastShare * size);
  if (!interval) return FormatToStep(size, step);
  return fmt::format("{} ± {}", FormatToStep(size, step), FormatToStep(half, step));
}

/// What a ratio adds to one, or takes from it if `sign` is -1: "64 % [50, 80]", the low end first.
std::string PercentOf(const Ratio& ratio, int sign) {
  const auto percent = [&](double x) { return sign * kPercent * (x - 1); };
  const double size = percent(ratio.mean), least = kLeastShare * std::abs(size);
  if (!ratio.interval) return FormatToStep(size, least) + " %";
  const auto [low, high] =
      std::minmax({percent(ratio.interval->low), percent(ratio.interval->high)});
  const double nearest = std::min({size - low, high - size, std::abs(low), std::abs(high)});
  const double step = std::max(nearest, least);
  return fmt::format("{} % [{}, {}]", FormatToStep(size, step), FormatToStep(low, step),
                     FormatToStep(high, step));
}

/// "0.6 ± 0.4 points", "0.20 ± 0.03 nats"
std::string AmountOf(const Effect& effect, const MetricSpec& metric) {
  const double size = *effect.difference.mean;
  const auto& interval = effect.difference.interval;
  if (IsAccuracy(metric)) {
    const bool is_share = std::abs(effect.reference) <= 1;  // else it is in per cent already
    return Rounded(size, interval, is_share ? kPercent : 1) + " points";
  }
  return Rounded(size, interval, 1) + (metric.unit.empty() ? "" : " " + metric.unit);
}

/// How far it is, without saying in which direction.
std::string SizeOf(const Effect& effect, const MetricSpec& metric, EffectScale scale) {
  const int sign = *effect.difference.mean < 0 ? -1 : 1;
  return scale == EffectScale::kRatio ? PercentOf(*RatioOf(effect.difference), sign)
                                      : AmountOf(effect, metric);
}

/// "costs 0.6 ± 0.4 points of test_accuracy"
std::string Phrase(const Effect& effect, const MetricSpec& metric, EffectScale scale) {
  const std::string amount = SizeOf(effect, metric, scale) + " of " + metric.name;
  switch (effect.difference.verdict) {
    case DifferenceVerdict::kBetter:
      return (metric.goal == Goal::kMinimize ? "saves " : "gains ") + amount;
    case DifferenceVerdict::kWorse: return "costs " + amount;
    case DifferenceVerdict::kHigher: return "adds " + amount;
    case DifferenceVerdict::kLower: return "takes " + amount;
    case DifferenceVerdict::kEqual: return "changes nothing in " + metric.name;
    case DifferenceVerdict::kNotDistinguishable: return "";  // told together
    case DifferenceVerdict::kTooFewSeeds:
      return fmt::format("cannot be told in {} with {} {}{}", metric.name, effect.difference.n,
                         ReplicateWord(metric), effect.difference.n == 1 ? "" : "s");
    case DifferenceVerdict::kNotFinite: return "has no finite effect on " + metric.name;
  }
  return "";
}

std::string ChangeText(const LevelChange& change) {
  return fmt::format("{} = {} instead of {}", change.axis, FormatValue(change.to),
                     FormatValue(change.from));
}

/// "test_accuracy (+0 ± 2 points)", "train_seconds (-2 % [-8, 5])"
std::string Unclear(const Effect& effect, const MetricSpec& metric, EffectScale scale) {
  const bool negative = *effect.difference.mean < 0;
  if (scale == EffectScale::kRatio)
    return fmt::format("{} ({}{})", metric.name, negative ? "" : "+",
                       PercentOf(*RatioOf(effect.difference), 1));
  return fmt::format("{} ({}{})", metric.name, negative ? "-" : "+", AmountOf(effect, metric));
}

/// What is said of one change.
struct Findings {
  std::vector<std::string> clear, unclear;
};

std::string Sentence(const std::string& change, Findings findings) {
  if (!findings.unclear.empty())
    findings.clear.push_back("makes no distinguishable difference in " +
                             JoinWords(findings.unclear, "or", false));
  return change + " " + JoinWords(findings.clear, "and", false);
}

}  // namespace

std::vector<std::string> TradeOffs(const Effects& effects) {
  std::vector<std::string> changes;
  std::map<std::string, Findings> found;
  for (const Effect& effect : effects.effects) {
    const std::string change = ChangeText(effect.change);
    if (!found.contains(change)) changes.push_back(change);
    const MetricSpec& metric = effects.metrics[effect.metric];
    const EffectScale scale = effects.scales[effect.metric];
    const bool clear = effect.difference.verdict != DifferenceVerdict::kNotDistinguishable;
    auto& list = clear ? found[change].clear : found[change].unclear;
    list.push_back(clear ? Phrase(effect, metric, scale) : Unclear(effect, metric, scale));
  }
  std::vector<std::string> sentences;
  for (const std::string& change : changes) sentences.push_back(Sentence(change, found[change]));
  return sentences;
}

}  // namespace sweepformer
