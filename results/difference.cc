#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "results/comparison.h"
#include "results/statistics/multiplicity.h"
#include "results/statistics/paired.h"
#include "results/statistics/unpaired.h"

namespace sweepformer {
namespace {

std::vector<double> PairedDifferences(const BySeed& group, const BySeed& baseline) {
  std::vector<double> differences;
  for (const auto& [seed, values] : group) {
    const auto other = baseline.find(seed);
    if (other == baseline.end()) continue;
    const auto mean = SpreadOf(values).mean, against = SpreadOf(other->second).mean;
    if (!mean || !against || std::isnan(*mean - *against)) continue;  // of infinities
    differences.push_back(*mean - *against);
  }
  return differences;
}

Difference Paired(const std::vector<double>& differences) {
  const PairedComparison compared = ComparePaired(differences);
  Difference difference;
  difference.n = compared.n;
  difference.mean = compared.difference;
  difference.sd = compared.sd;
  difference.interval = compared.interval;
  difference.p_paired_t = compared.p_t;
  difference.p_sign_flip = compared.p_sign_flip;
  return difference;
}

Difference Unpaired(const std::vector<double>& group, const std::vector<double>& baseline) {
  Difference difference;
  difference.paired = false;
  difference.n = static_cast<int>(std::min(group.size(), baseline.size()));
  const auto compared = CompareUnpaired(group, baseline);
  if (!compared) return difference;
  difference.mean = compared->difference;
  difference.interval = compared->interval;
  difference.p_welch = compared->p_welch;
  return difference;
}

bool AllFinite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double x) { return std::isfinite(x); });
}

DifferenceVerdict VerdictOf(const Difference& difference, const std::optional<double>& p,
                            Goal goal) {
  if (!difference.finite) return DifferenceVerdict::kNotFinite;
  if (!p) return DifferenceVerdict::kTooFewSeeds;
  if (*difference.mean == 0 && difference.sd == 0.0) return DifferenceVerdict::kEqual;
  if (!(*p <= kAlpha)) return DifferenceVerdict::kNotDistinguishable;
  const bool higher = *difference.mean > 0;
  if (goal == Goal::kNone) return higher ? DifferenceVerdict::kHigher : DifferenceVerdict::kLower;
  return higher == (goal == Goal::kMaximize) ? DifferenceVerdict::kBetter
                                             : DifferenceVerdict::kWorse;
}

}  // namespace

std::vector<double> SeedMeans(const BySeed& values) {
  std::vector<double> means;
  for (const auto& [seed, figures] : values)
    if (const auto mean = SpreadOf(figures).mean) means.push_back(*mean);
  return means;
}

std::optional<Difference> DifferenceOf(const BySeed& group, const BySeed& baseline, Goal goal) {
  if (group.empty() || baseline.empty()) return {};
  const std::vector<double> differences = PairedDifferences(group, baseline);
  Difference difference =
      differences.empty() ? Unpaired(SeedMeans(group), SeedMeans(baseline)) : Paired(differences);
  difference.finite = AllFinite(SeedMeans(group)) && AllFinite(SeedMeans(baseline));
  difference.verdict_unadjusted = VerdictOf(difference, difference.p(), goal);
  difference.verdict = difference.verdict_unadjusted;
  return difference;
}

std::optional<double> DifferenceP(const BySeed& group, const BySeed& baseline) {
  const std::vector<double> differences = PairedDifferences(group, baseline);
  if (differences.empty()) {
    const auto compared = CompareUnpaired(SeedMeans(group), SeedMeans(baseline));
    return compared ? compared->p_welch : std::nullopt;
  }
  const Spread spread = SpreadOf(differences);
  if (!spread.sd) return std::nullopt;
  return TestAgainstZero(*spread.mean, *spread.sd / std::sqrt(spread.n), spread.n - 1, 0.95).p;
}

void AdjustFamily(const std::vector<Difference*>& family, Goal goal,
                  const std::vector<double>& others) {
  std::vector<double> p;
  for (const Difference* one : family) {
    p.push_back(one->p().value_or(std::numeric_limits<double>::quiet_NaN()));
  }
  p.insert(p.end(), others.begin(), others.end());
  const std::vector<double> adjusted = HolmAdjusted(p);
  for (std::size_t i = 0; i < family.size(); ++i) {
    if (family[i]->p()) family[i]->p_holm = adjusted[i];
    family[i]->verdict = VerdictOf(*family[i], family[i]->p_holm, goal);
  }
}

void AdjustAmong(const std::vector<Difference*>& family, Goal goal, double comparisons) {
  for (Difference* one : family) {
    if (const auto p = one->p()) one->p_holm = std::min(1.0, *p * comparisons);
    one->verdict = VerdictOf(*one, one->p_holm, goal);
  }
}

std::string VerdictText(DifferenceVerdict verdict, int n, std::string_view replicate) {
  switch (verdict) {
    case DifferenceVerdict::kBetter: return "better";
    case DifferenceVerdict::kWorse: return "worse";
    case DifferenceVerdict::kHigher: return "higher";
    case DifferenceVerdict::kLower: return "lower";
    case DifferenceVerdict::kEqual: return "equal";
    case DifferenceVerdict::kNotDistinguishable: return "not distinguishable";
    case DifferenceVerdict::kTooFewSeeds:
      return fmt::format("cannot be distinguished with {} {}{}", n, replicate, n == 1 ? "" : "s");
    case DifferenceVerdict::kNotFinite: return "not finite";
  }
  return "";
}

}  // namespace sweepformer
