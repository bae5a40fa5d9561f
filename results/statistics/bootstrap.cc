#include "results/statistics/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "results/statistics/hit_variance.h"
#include "results/statistics/random.h"

namespace sweepformer {
namespace {

constexpr int kItemDraws = 1'000;
constexpr int kSeedDraws = 10;  ///< to each draw of items
constexpr int kReplicates = kItemDraws * kSeedDraws;

/// Fewer replicates than this beyond an end of the interval leave it to chance.
constexpr double kLeastBeyond = 5;

bool AreComparable(std::span<const HitBits> a, std::span<const HitBits> b) {
  if (a.size() != b.size() || a.size() < kSmallestTwoLevel || a.front().items() < 2) return false;
  const auto has_as_many = [&](const HitBits& hits) { return hits.items() == a.front().items(); };
  return std::all_of(a.begin(), a.end(), has_as_many) &&
         std::all_of(b.begin(), b.end(), has_as_many);
}

/// Resamples the mean difference between the hits of two arms.
class Resampling {
 public:
  Resampling(std::span<const HitBits> a, std::span<const HitBits> b)
      : a_(a), b_(b), random_(static_cast<std::uint64_t>(a.front().items())) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      more_.push_back(a[i].CountRight() - b[i].CountRight());
    }
    mean_ = ShareOf(std::accumulate(more_.begin(), more_.end(), std::int64_t{0}), items());
  }

  double mean() const { return mean_; }

  /// How far another choice of items is from the mean.
  double DrawItems() {
    const HitBits chosen = HitBits::Tossed(items(), random_);
    const std::int64_t count = chosen.CountRight();
    if (count == 0) return DrawItems();
    std::int64_t more = 0;
    for (std::size_t i = 0; i < a_.size(); ++i) {
      more += CountBoth(chosen, a_[i]) - CountBoth(chosen, b_[i]);
    }
    return ShareOf(more, count) - mean_;
  }

  /// How far another choice of seeds is from the mean.
  double DrawSeeds() {
    std::int64_t more = 0;
    for (std::size_t i = 0; i < more_.size(); ++i) {
      more += more_[random_.Below(static_cast<std::uint32_t>(more_.size()))];
    }
    return ShareOf(more, items()) - mean_;
  }

 private:
  std::int64_t items() const { return a_.front().items(); }

  /// Of `items` verdicts of every seed.
  double ShareOf(std::int64_t more, std::int64_t items) const {
    return static_cast<double>(more) /
           (static_cast<double>(items) * static_cast<double>(a_.size()));
  }

  std::span<const HitBits> a_, b_;
  Random random_;
  std::vector<std::int64_t> more_;  ///< per seed, what a gets right more often than b
  double mean_ = 0;
};

std::vector<double> SortedReplicates(Resampling resampling, double seeds, double item_share) {
  // Resampled seeds vary by (n - 1) / n of what seeds do.
  const double to_seeds = std::sqrt(seeds / (seeds - 1));
  const double to_items = std::sqrt(item_share);
  std::vector<double> replicates;
  replicates.reserve(kReplicates);
  for (int i = 0; i < kItemDraws; ++i) {
    const double moved = resampling.mean() + to_items * resampling.DrawItems();
    for (int j = 0; j < kSeedDraws; ++j) {
      replicates.push_back(moved + to_seeds * resampling.DrawSeeds());
    }
  }
  std::sort(replicates.begin(), replicates.end());
  return replicates;
}

/// Satterthwaite's degrees of freedom: those of the seeds, more the less of the variance is theirs.
double DegreesOfFreedom(const HitVariance& variance, double seeds) {
  if (variance.of_seeds == 0) return std::numeric_limits<double>::infinity();
  const double times = 1 + variance.of_items / variance.of_seeds;
  return (seeds - 1) * times * times;
}

/// The tail of the normal that is as far out as `tail` of Student's t.
double ExpandedTail(double tail, double df) {
  const double t = quantile(complement(boost::math::students_t(df), tail));
  return cdf(complement(boost::math::normal(), t));
}

/// Its inverse.
double ReducedTail(double tail, double df) {
  const double z = quantile(complement(boost::math::normal(), tail));
  return cdf(complement(boost::math::students_t(df), z));
}

/// The tail of the replicates on the other side of 0.
double TailBeyondZero(const std::vector<double>& sorted) {
  const auto [below, above] = std::equal_range(sorted.begin(), sorted.end(), 0.0);
  const auto fewer = std::min(above - sorted.begin(), sorted.end() - below);
  return static_cast<double>(std::max<std::ptrdiff_t>(fewer, 1)) / kReplicates;
}

double TwoLevelP(const std::vector<double>& sorted, double df) {
  const double tail = TailBeyondZero(sorted);
  if (tail >= 0.5) return 1;
  return std::max(2 * ReducedTail(tail, df), 1.0 / kReplicates);
}

}  // namespace

std::optional<TwoLevelComparison> CompareHits(std::span<const HitBits> a,
                                              std::span<const HitBits> b, double level) {
  if (!AreComparable(a, b)) return {};
  const double seeds = static_cast<double>(a.size());
  const HitVariance variance = HitVarianceOf(a, b);
  const double df = DegreesOfFreedom(variance, seeds);
  const double beyond = std::floor(ExpandedTail((1 - level) / 2, df) * kReplicates);
  if (beyond < kLeastBeyond) return {};
  const Resampling resampling(a, b);
  const auto sorted = SortedReplicates(resampling, seeds, variance.true_item_share);
  const auto end = static_cast<std::size_t>(beyond);
  return TwoLevelComparison{resampling.mean(),
                            {sorted[end], sorted[sorted.size() - 1 - end]},
                            TwoLevelP(sorted, df),
                            kReplicates};
}

}  // namespace sweepformer
