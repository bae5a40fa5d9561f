#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "results/comparison.h"
#include "results/comparison_warnings.h"
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

/// What is held against one another: by seed, or as a whole where too few seeds are shared.
struct Sides {
  const BySeed &group, &baseline;
  std::vector<double> differences;  ///< one per seed that both have

  bool paired() const {
    const std::size_t needed = std::min({std::size_t{2}, group.size(), baseline.size()});
    return !differences.empty() && differences.size() >= needed;
  }
};

Sides SidesOf(const BySeed& group, const BySeed& baseline) {
  return {group, baseline, PairedDifferences(group, baseline)};
}

bool AllEqual(const std::vector<double>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::not_equal_to<>()) == values.end();
}

/// Whether the metric does not depend on the seed, as a count of parameters does not. Accuracies
/// that are equal may differ with the next seed.
bool IsSeedless(const Sides& sides, const MetricSpec& metric) {
  return !IsAccuracy(metric) && AllEqual(SeedMeans(sides.group)) &&
         AllEqual(SeedMeans(sides.baseline));
}

/// What stands for a t-test of a difference that does not vary.
void TestWithoutSpread(bool seedless, double exact_p, Difference& difference) {
  if (!seedless) {
    difference.p_exact = exact_p;
    return;
  }
  difference.interval = Interval{*difference.mean, *difference.mean};
  (difference.paired ? difference.p_paired_t : difference.p_welch) = 0;
}

Difference Paired(const Sides& sides, const MetricSpec& metric) {
  const PairedComparison compared = ComparePaired(sides.differences);
  Difference difference;
  difference.n = compared.n;
  difference.mean = compared.difference;
  difference.sd = compared.sd;
  difference.interval = compared.interval;
  difference.p_paired_t = compared.p_t;
  difference.p_sign_flip = compared.p_sign_flip;
  if (compared.spreadless)
    TestWithoutSpread(IsSeedless(sides, metric), SmallestSignFlipP(compared.n), difference);
  return difference;
}

Difference Unpaired(const Sides& sides, const MetricSpec& metric) {
  const std::vector<double> group = SeedMeans(sides.group), baseline = SeedMeans(sides.baseline);
  const int n = static_cast<int>(group.size()), m = static_cast<int>(baseline.size());
  Difference difference;
  difference.paired = false;
  difference.n = std::min(n, m);
  const auto compared = CompareUnpaired(group, baseline);
  if (!compared) return difference;
  difference.mean = compared->difference;
  difference.interval = compared->interval;
  difference.p_welch = compared->p_welch;
  if (compared->spreadless)
    TestWithoutSpread(IsSeedless(sides, metric), SmallestPermutationP(n, m), difference);
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

std::optional<Difference> DifferenceOf(const BySeed& group, const BySeed& baseline,
                                       const MetricSpec& metric) {
  if (group.empty() || baseline.empty()) return {};
  const Sides sides = SidesOf(group, baseline);
  Difference difference = sides.paired() ? Paired(sides, metric) : Unpaired(sides, metric);
  difference.finite = AllFinite(SeedMeans(group)) && AllFinite(SeedMeans(baseline));
  difference.verdict_unadjusted = VerdictOf(difference, difference.p(), metric.goal);
  difference.verdict = difference.verdict_unadjusted;
  return difference;
}

std::optional<double> DifferenceP(const BySeed& group, const BySeed& baseline,
                                  const MetricSpec& metric) {
  const Sides sides = SidesOf(group, baseline);
  if (!sides.paired()) return Unpaired(sides, metric).p();
  const Spread spread = SpreadOf(sides.differences);
  if (!spread.sd) return {};
  const double error = *spread.sd / std::sqrt(spread.n);
  const auto test = TestAgainstZero(*spread.mean, error, spread.n - 1, 0.95);
  if (test) return test->p;
  return IsSeedless(sides, metric) ? 0 : SmallestSignFlipP(spread.n);
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
