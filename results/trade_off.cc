#include "results/trade_off.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "orchestrator/core/suggest.h"
#include "results/comparison_warnings.h"

namespace sweepformer {
namespace {

/// A size with its half interval, as a person would say it: "0.6 ± 0.4".
std::string Rounded(double size, const std::optional<Interval>& interval, double factor) {
  constexpr double kLeastShare = 0.01;  // of the size that is worth a digit
  constexpr int kMostDecimals = 6;
  size = std::abs(size) * factor;
  const double half = interval ? interval->half() * factor : 0;
  const double finest = std::max(half, kLeastShare * size);
  const int decimals =
      finest > 0 ? std::max(0, -static_cast<int>(std::floor(std::log10(finest)))) : 0;
  const auto text = [&](double number) {
    return decimals > kMostDecimals ? fmt::format("{:.2g}", number)
                                    : fmt::format("{:.{}f}", number, decimals);
  };
  return interval ? fmt::format("{} ± {}", text(size), text(half)) : text(size);
}

/// "0.6 ± 0.4 points", "31 ± 2 %"
std::string AmountOf(const Effect& effect, const MetricSpec& metric) {
  constexpr double kPercent = 100;
  const double size = *effect.difference.mean;
  const auto& interval = effect.difference.interval;
  if (metric.name.ends_with("accuracy")) {
    const bool is_share = std::abs(effect.reference) <= 1;  // else it is in per cent already
    return Rounded(size, interval, is_share ? kPercent : 1) + " points";
  }
  const bool relative = DependsOnMachine(metric) || metric.unit == "bytes";
  if (relative && effect.reference != 0)
    return Rounded(size, interval, kPercent / std::abs(effect.reference)) + " %";
  return Rounded(size, interval, 1) + (metric.unit.empty() ? "" : " " + metric.unit);
}

/// "costs 0.6 ± 0.4 points of test_accuracy"
std::string Phrase(const Effect& effect, const MetricSpec& metric) {
  const std::string amount = AmountOf(effect, metric) + " of " + metric.name;
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

/// "test_accuracy (+0 ± 2 points)"
std::string Unclear(const Effect& effect, const MetricSpec& metric) {
  return fmt::format("{} ({}{})", metric.name, *effect.difference.mean < 0 ? "-" : "+",
                     AmountOf(effect, metric));
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
    const bool clear = effect.difference.verdict != DifferenceVerdict::kNotDistinguishable;
    auto& list = clear ? found[change].clear : found[change].unclear;
    list.push_back(clear ? Phrase(effect, metric) : Unclear(effect, metric));
  }
  std::vector<std::string> sentences;
  for (const std::string& change : changes) sentences.push_back(Sentence(change, found[change]));
  return sentences;
}

}  // namespace sweepformer
