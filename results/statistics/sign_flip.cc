#include "results/statistics/sign_flip.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "results/statistics/random.h"

namespace sweepformer {
namespace {

constexpr double kTie = 1e-10;

/// The sums under every sign pattern, in order. Each difference merges the sums so far, moved down,
/// with the same moved up.
std::vector<double> SortedSums(std::span<const double> differences) {
  std::vector<double> sums = {0};
  for (const double difference : differences) {
    const double apart = std::abs(difference);
    std::vector<double> down(sums), up(sums);
    for (double& sum : down) sum -= apart;
    for (double& sum : up) sum += apart;
    sums.resize(2 * down.size());
    std::merge(down.begin(), down.end(), up.begin(), up.end(), sums.begin());
  }
  return sums;
}

/// The share of all patterns whose sum is `least` or more: of each pattern of the first half, those
/// of the second that add enough to it. The less it gives itself, the fewer they are.
double ExactShare(std::span<const double> differences, double least) {
  const auto half = differences.size() / 2;
  const std::vector<double> first = SortedSums(differences.first(half));
  const std::vector<double> second = SortedSums(differences.subspan(half));
  std::size_t reached = 0;
  auto enough = second.end();
  for (const double sum : first) {
    while (enough != second.begin() && sum + *(enough - 1) >= least) --enough;
    reached += static_cast<std::size_t>(second.end() - enough);
  }
  return static_cast<double>(reached) / static_cast<double>(first.size() * second.size());
}

/// The sums of eight differences under each of their 256 sign patterns.
using SumsOfEight = std::array<double, 256>;

SumsOfEight SumsOf(std::span<const double> eight) {
  SumsOfEight sums = {};
  for (std::size_t pattern = 0; pattern < sums.size(); ++pattern) {
    for (std::size_t i = 0; i < eight.size(); ++i) {
      sums[pattern] += (pattern >> i & 1) ? eight[i] : -eight[i];
    }
  }
  return sums;
}

std::vector<SumsOfEight> InEights(std::span<const double> differences) {
  std::vector<SumsOfEight> sums;
  for (std::size_t i = 0; i < differences.size(); i += 8) {
    sums.push_back(
        SumsOf(differences.subspan(i, std::min<std::size_t>(8, differences.size() - i))));
  }
  return sums;
}

double DrawnSum(const std::vector<SumsOfEight>& eights, Random& random) {
  double sum = 0;
  std::uint64_t signs = 0;
  for (std::size_t i = 0; i < eights.size(); ++i, signs >>= 8) {
    if (i % 8 == 0) signs = random.Bits();
    sum += eights[i][signs & 255];
  }
  return sum;
}

/// Of kDrawnFlips patterns, the one that was seen among them, the share as far from 0 as `least`.
double DrawnShare(std::span<const double> differences, double least) {
  const std::vector<SumsOfEight> eights = InEights(differences);
  Random random(differences.size());
  int reached = 1;
  for (int drawn = 1; drawn < kDrawnFlips; ++drawn) {
    reached += std::abs(DrawnSum(eights, random)) >= least;
  }
  return reached / static_cast<double>(kDrawnFlips);
}

}  // namespace

std::optional<double> SignFlipP(std::span<const double> differences) {
  double sum = 0;
  double most = 0;
  for (const double difference : differences) {
    sum += difference;
    most += std::abs(difference);
  }
  if (differences.empty() || !std::isfinite(most)) return {};
  const double least = std::abs(sum) - kTie * most;
  if (least <= 0) return 1.0;
  if (differences.size() > kMostExactFlips) return DrawnShare(differences, least);
  return 2 * ExactShare(differences, least);
}

double SmallestSignFlipP(int n) { return n < 1 ? 1 : std::ldexp(1.0, 1 - n); }

}  // namespace sweepformer
