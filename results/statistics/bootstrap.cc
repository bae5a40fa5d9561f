#include "results/statistics/bootstrap.h"

#include <algorithm>
#include <bit>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <vector>

#include "results/statistics/random.h"

namespace sweepformer {
namespace {

constexpr int kItemDraws = 1'000;
constexpr int kSeedDraws = 10;  ///< to each draw of items
constexpr int kReplicates = kItemDraws * kSeedDraws;

/// Fewer replicates than this beyond an end of the interval leave it to chance.
constexpr double kLeastBeyond = 5;

bool AreComparable(std::span<const HitBits> a, std::span<const HitBits> b) {
  if (a.size() != b.size() || a.empty() || a.front().items() == 0) return false;
  const auto has_as_many = [&](const HitBits& hits) { return hits.items() == a.front().items(); };
  return std::all_of(a.begin(), a.end(), has_as_many) &&
         std::all_of(b.begin(), b.end(), has_as_many);
}

/// All items, each once.
std::vector<std::uint64_t> Everything(std::int64_t items) {
  std::vector<std::uint64_t> chosen(static_cast<std::size_t>((items + 63) / 64), ~std::uint64_t{0});
  if (items % 64 != 0) chosen.back() = (std::uint64_t{1} << (items % 64)) - 1;
  return chosen;
}

/// Half of `all`, by the toss of a coin for each; at least one item.
void ChooseHalf(const std::vector<std::uint64_t>& all, Random& random,
                std::vector<std::uint64_t>& chosen) {
  bool any = false;
  while (!any) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      chosen[i] = all[i] & random.Bits();
      any |= chosen[i] != 0;
    }
  }
}

std::int64_t CountBoth(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += std::popcount(a[i] & b[i]);
  return count;
}

/// Per seed, how many more of the chosen items a gets right than b.
std::vector<std::int64_t> MoreRight(const std::vector<std::uint64_t>& chosen,
                                    std::span<const HitBits> a, std::span<const HitBits> b) {
  std::vector<std::int64_t> more;
  for (std::size_t seed = 0; seed < a.size(); ++seed) {
    more.push_back(CountBoth(chosen, a[seed].words()) - CountBoth(chosen, b[seed].words()));
  }
  return more;
}

/// How many verdicts there are on the chosen items in one arm.
double Judged(const std::vector<std::uint64_t>& chosen, std::size_t seeds) {
  return static_cast<double>(CountBoth(chosen, chosen)) * static_cast<double>(seeds);
}

std::int64_t SumOfResampled(const std::vector<std::int64_t>& values, Random& random) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sum += values[random.Below(static_cast<std::uint32_t>(values.size()))];
  }
  return sum;
}

std::vector<double> SortedReplicates(std::span<const HitBits> a, std::span<const HitBits> b) {
  Random random(static_cast<std::uint64_t>(a.front().items()));
  const std::vector<std::uint64_t> all = Everything(a.front().items());
  std::vector<std::uint64_t> chosen(all.size());
  std::vector<double> replicates;
  replicates.reserve(kReplicates);
  for (int items = 0; items < kItemDraws; ++items) {
    ChooseHalf(all, random, chosen);
    const std::vector<std::int64_t> more = MoreRight(chosen, a, b);
    const double judged = Judged(chosen, a.size());
    for (int seeds = 0; seeds < kSeedDraws; ++seeds) {
      replicates.push_back(static_cast<double>(SumOfResampled(more, random)) / judged);
    }
  }
  std::sort(replicates.begin(), replicates.end());
  return replicates;
}

/// The tail beyond which n resampled values fall as often as the mean of n values beyond a tail of
/// `tail`: resampling has their deviation without Bessel's correction, and a normal's tails.
double ExpandedTail(double tail, double n) {
  const double t = quantile(complement(boost::math::students_t(n - 1), tail));
  return cdf(complement(boost::math::normal(), t * std::sqrt(n / (n - 1))));
}

/// Its inverse.
double ReducedTail(double tail, double n) {
  const double z = quantile(complement(boost::math::normal(), tail));
  return cdf(complement(boost::math::students_t(n - 1), z * std::sqrt((n - 1) / n)));
}

/// The tail of the replicates on the other side of 0.
double TailBeyondZero(const std::vector<double>& sorted) {
  const auto [below, above] = std::equal_range(sorted.begin(), sorted.end(), 0.0);
  const auto fewer = std::min(above - sorted.begin(), sorted.end() - below);
  return static_cast<double>(std::max<std::ptrdiff_t>(fewer, 1)) / kReplicates;
}

double TwoLevelP(const std::vector<double>& sorted, double seeds) {
  const double tail = TailBeyondZero(sorted);
  if (tail >= 0.5) return 1;
  return std::max(2 * ReducedTail(tail, seeds), 1.0 / kReplicates);
}

}  // namespace

std::optional<TwoLevelComparison> CompareHits(std::span<const HitBits> a,
                                              std::span<const HitBits> b, double level) {
  if (!AreComparable(a, b) || a.size() < kSmallestTwoLevel) return {};
  const double seeds = static_cast<double>(a.size());
  const double beyond = std::floor(ExpandedTail((1 - level) / 2, seeds) * kReplicates);
  if (beyond < kLeastBeyond) return {};
  const std::vector<std::uint64_t> all = Everything(a.front().items());
  const std::vector<std::int64_t> more = MoreRight(all, a, b);
  const std::vector<double> sorted = SortedReplicates(a, b);
  const auto end = static_cast<std::size_t>(beyond);
  TwoLevelComparison comparison;
  const auto sum = std::accumulate(more.begin(), more.end(), std::int64_t{0});
  comparison.difference = static_cast<double>(sum) / Judged(all, a.size());
  comparison.interval = {sorted[end], sorted[sorted.size() - 1 - end]};
  comparison.p = TwoLevelP(sorted, seeds);
  comparison.replicates = kReplicates;
  return comparison;
}

}  // namespace sweepformer
