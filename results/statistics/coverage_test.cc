// What the intervals and tests hold in simulation. `coverage_test "[report]"` prints the tables of
// STATISTICS.md.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <catch2/catch.hpp>

#include "results/statistics/bootstrap.h"
#include "results/statistics/mcnemar.h"
#include "results/statistics/multiplicity.h"
#include "results/statistics/paired.h"
#include "results/statistics/robust.h"
#include "results/statistics/simulation.h"
#include "results/statistics/unpaired.h"

using namespace sweepformer;

namespace {

constexpr int kSamples = 20'000;
constexpr int kBootstrapSamples = 1'000;  // a bootstrap takes longer

double CoverageOfMean(const Population& seeds, int n) {
  return SimulatedShare(kSamples, [&](Random& random) {
    return MeanInterval(SpreadOf(Draw(seeds, n, random)))->Contains(seeds.mean);
  });
}

double CoverageOfPaired(const Population& seeds, int n) {
  return SimulatedShare(kSamples, [&](Random& random) {
    std::vector<double> differences = Draw(seeds, n, random);
    for (double& difference : differences) difference -= seeds.draw(random);
    return ComparePaired(differences).interval->Contains(0);
  });
}

/// `wider`: how much further b's runs are apart than a's.
double CoverageOfWelch(const Population& seeds, int n, double wider) {
  return SimulatedShare(kSamples, [&](Random& random) {
    const std::vector<double> a = Draw(seeds, n, random);
    std::vector<double> b = Draw(seeds, n, random);
    for (double& value : b) value *= wider;
    return CompareUnpaired(a, b)->interval->Contains(seeds.mean * (1 - wider));
  });
}

double CoverageOfIqm(const Population& seeds, int n) {
  return SimulatedShare(kSamples, [&](Random& random) {
    return IqmInterval(Draw(seeds, n, random))->Contains(seeds.iqm);
  });
}

/// What others print: the percentiles of resampled interquartile means. Of three values, of means.
Interval PercentileInterval(const std::vector<double>& values, Random& random) {
  constexpr int kReplicates = 2'000;
  std::vector<double> replicates;
  std::vector<double> resampled(values.size());
  for (int i = 0; i < kReplicates; ++i) {
    for (double& value : resampled) {
      value = values[random.Below(static_cast<std::uint32_t>(values.size()))];
    }
    replicates.push_back(*Iqm(resampled));
  }
  std::sort(replicates.begin(), replicates.end());
  return {replicates[kReplicates / 40], replicates[kReplicates - 1 - kReplicates / 40]};
}

double CoverageOfPercentiles(const Population& seeds, int n) {
  return SimulatedShare(kBootstrapSamples, [&](Random& random) {
    return PercentileInterval(Draw(seeds, n, random), random).Contains(seeds.iqm);
  });
}

const HitNoise kHitNoises[] = {{"seeds vary most", 0.5, 0.1},
                               {"seeds and items vary", 0.1, 0.5},
                               {"items vary most", 0.02, 1}};

double CoverageOfTwoLevel(const HitNoise& noise, int seeds) {
  constexpr int kItems = 256;
  return SimulatedShare(kBootstrapSamples, [&](Random& random) {
    const HitArms arms = DrawHits(noise, seeds, kItems, random);
    return CompareHits(arms.a, arms.b)->interval.Contains(0);
  });
}

/// Where there is nothing to be seen, p is at most alpha no more often than alpha says.
void CheckExact(int samples, const std::function<double(Random&)>& p) {
  std::vector<double> drawn;
  SimulatedShare(samples, [&](Random& random) {
    drawn.push_back(p(random));
    return true;
  });
  for (const double alpha : {0.01, 0.05, 0.0625, 0.25}) {
    CAPTURE(alpha);
    const auto seen =
        std::count_if(drawn.begin(), drawn.end(), [&](double q) { return q <= alpha; });
    CHECK(static_cast<double>(seen) / samples <= alpha + Tolerance(alpha, samples));
  }
}

/// The share of families of cells, each held against one baseline, with a difference seen that is
/// not there. The first `different` cells do differ.
double FamilyError(int cells, int different, int n) {
  constexpr int kFamilies = 5'000;
  return SimulatedShare(kFamilies, [&](Random& random) {
    const std::vector<double> baseline = Draw(NormalSeeds(), n, random);
    std::vector<double> p;
    for (int cell = 0; cell < cells; ++cell) {
      std::vector<double> differences = Draw(NormalSeeds(), n, random);
      for (int i = 0; i < n; ++i) differences[i] += (cell < different ? 5 : 0) - baseline[i];
      p.push_back(*ComparePaired(differences).p_t);
    }
    const std::vector<double> adjusted = HolmAdjusted(p);
    return *std::min_element(adjusted.begin() + different, adjusted.end()) <= 0.05;
  });
}

}  // namespace

TEST_CASE("t intervals cover what they say for normal seeds", "[coverage]") {
  for (const int n : {3, 5, 10}) {
    CAPTURE(n);
    const double tolerance = Tolerance(0.95, kSamples);
    CHECK(CoverageOfMean(NormalSeeds(), n) == Approx(0.95).margin(tolerance));
    CHECK(CoverageOfPaired(NormalSeeds(), n) == Approx(0.95).margin(tolerance));
  }
}

TEST_CASE("Welch intervals cover 93 to 97 % for normal seeds", "[coverage]") {
  for (const int n : {3, 5, 10}) {
    for (const double wider : {1.0, 3.0}) {
      CAPTURE(n, wider);
      const double coverage = CoverageOfWelch(NormalSeeds(), n, wider);
      CHECK(coverage >= 0.93);
      CHECK(coverage <= 0.97);
    }
  }
}

TEST_CASE("intervals of interquartile means cover 93 % from where they are given", "[coverage]") {
  for (int n = kSmallestIqmInterval; n <= 20; ++n) {
    CAPTURE(n);
    CHECK(CoverageOfIqm(NormalSeeds(), n) >= 0.93);
  }
}

TEST_CASE("a percentile bootstrap of three seeds covers three quarters", "[coverage]") {
  CHECK(CoverageOfPercentiles(NormalSeeds(), 3) ==
        Approx(0.75).margin(Tolerance(0.75, kBootstrapSamples)));
}

TEST_CASE("two-level intervals cover 93 % from where they are given", "[coverage]") {
  for (const HitNoise& noise : kHitNoises) {
    for (const int seeds : {kSmallestTwoLevel, 10}) {
      CAPTURE(noise.name, seeds);
      CHECK(CoverageOfTwoLevel(noise, seeds) >= 0.93);
    }
  }
}

TEST_CASE("exact tests see nothing more often than they say", "[coverage]") {
  for (const int n : {3, 5, 10, kMostExactFlips + 5}) {
    CAPTURE(n);
    CheckExact(n <= kMostExactFlips ? kSamples : kBootstrapSamples,
               [&](Random& random) { return *SignFlipP(Draw(NormalSeeds(), n, random)); });
  }
  CheckExact(kSamples, [](Random& random) {
    const int only_a = std::popcount(random.Bits() & 0xffffff);
    return McNemarExactP(only_a, 24 - only_a);
  });
}

TEST_CASE("Holm's adjustment keeps the family's error", "[coverage]") {
  for (const int different : {0, 3}) {
    CAPTURE(different);
    CHECK(FamilyError(6, different, 5) <= 0.05 + Tolerance(0.05, 5'000));
  }
}

TEST_CASE("report what intervals cover", "[.report]") {
  for (const Population& seeds : {NormalSeeds(), LogNormalSeeds(), CollapsingSeeds()}) {
    fmt::print("\n| {} seeds | n = 3 | 5 | 10 | 20 |\n|---|---|---|---|---|\n", seeds.name);
    const auto row = [](const char* name, const std::function<double(int)>& coverage) {
      fmt::print("| {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n", name, coverage(3), coverage(5),
                 coverage(10), coverage(20));
    };
    row("t, mean", [&](int n) { return CoverageOfMean(seeds, n); });
    row("t, paired difference", [&](int n) { return CoverageOfPaired(seeds, n); });
    row("Welch", [&](int n) { return CoverageOfWelch(seeds, n, 1); });
    row("Welch, one sd three times the other's",
        [&](int n) { return CoverageOfWelch(seeds, n, 3); });
    row("IQM", [&](int n) { return CoverageOfIqm(seeds, n); });
    row("IQM, percentile bootstrap (not ours)",
        [&](int n) { return CoverageOfPercentiles(seeds, n); });
  }
  fmt::print("\n| two-level bootstrap | 5 seeds | 6 | 10 | 20 |\n|---|---|---|---|---|\n");
  for (const HitNoise& noise : kHitNoises) {
    fmt::print("| {}", noise.name);
    for (const int seeds : {5, 6, 10, 20})
      fmt::print(" | {:.3f}", CoverageOfTwoLevel(noise, seeds));
    fmt::print(" |\n");
  }
  fmt::print("\nHolm, 6 cells, 5 seeds: {:.3f} with no difference, {:.3f} with three\n",
             FamilyError(6, 0, 5), FamilyError(6, 3, 5));
}
