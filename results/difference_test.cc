#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <utility>

#include "results/comparison.h"
#include "results/statistics/random.h"

using namespace sweepformer;

namespace {

BySeed Seeds(const std::vector<double>& figures, std::int64_t first = 1) {
  BySeed values;
  for (const double figure : figures) values[first++] = {figure};
  return values;
}

MetricSpec Metric(const std::string& name, Goal goal = Goal::kMaximize) {
  MetricSpec metric;
  metric.name = name;
  metric.goal = goal;
  return metric;
}

const MetricSpec kAccuracy = Metric("test_accuracy");
const MetricSpec kParameters = Metric("parameters", Goal::kNone);
const std::vector<double> kA = {82.1, 83.0, 82.6, 82.4, 83.3};  // golden.json, stats_example
const std::vector<double> kB = {81.2, 82.5, 81.9, 81.4, 82.0};

}  // namespace

TEST_CASE("runs of the same seeds are held against one another", "[difference]") {
  const Difference d = DifferenceOf(Seeds(kA), Seeds(kB), kAccuracy).value();
  CHECK(d.paired);
  CHECK(d.n == 5);
  CHECK(*d.mean == Approx(0.88));
  CHECK(*d.p_paired_t == Approx(0.0029108102914148066).epsilon(1e-9));
  CHECK(*d.p_sign_flip == 0.0625);
  CHECK(d.interval->low == Approx(0.5033846623303071).epsilon(1e-9));
  CHECK_FALSE(d.p_welch);
  CHECK(d.verdict == DifferenceVerdict::kBetter);
  CHECK(DifferenceOf(Seeds(kB), Seeds(kA), kAccuracy)->verdict == DifferenceVerdict::kWorse);
  CHECK(DifferenceOf(Seeds(kA), Seeds(kB), Metric("loss", Goal::kMinimize))->verdict ==
        DifferenceVerdict::kWorse);
  CHECK(DifferenceOf(Seeds(kA), Seeds(kB), Metric("loss", Goal::kNone))->verdict ==
        DifferenceVerdict::kHigher);
}

TEST_CASE("runs of other seeds are held against one another by Welch's test", "[difference]") {
  const Difference d = DifferenceOf(Seeds(kA), Seeds(kB, 11), kAccuracy).value();
  CHECK_FALSE(d.paired);
  CHECK(d.n == 5);
  CHECK(*d.p_welch == Approx(0.023143274615217146).epsilon(1e-9));
  CHECK(d.interval->high == Approx(1.604117028474108).epsilon(1e-9));
  CHECK_FALSE(d.p_paired_t);
}

TEST_CASE("only seeds that both have make pairs", "[difference]") {
  const Difference d = DifferenceOf(Seeds({1, 2, 3}), Seeds({5, 5, 100}, 2), kAccuracy).value();
  CHECK(d.paired);
  CHECK(d.n == 2);
  CHECK(*d.mean == Approx(-2.5));
}

TEST_CASE("an infinite difference is no matter of seeds", "[difference]") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const auto verdict = [&](const BySeed& group) {
    return DifferenceOf(group, Seeds(kA), kAccuracy)->verdict;
  };
  CHECK(verdict(Seeds({1, kInf, 1, 1, 1})) == DifferenceVerdict::kNotFinite);
  CHECK(verdict(Seeds({1, kInf, 1, -kInf, 1})) == DifferenceVerdict::kNotFinite);
  CHECK(verdict(Seeds({kInf}, 99)) == DifferenceVerdict::kNotFinite);
  CHECK(VerdictText(DifferenceVerdict::kNotFinite, 5, "seed") == "not finite");
}

TEST_CASE("one seed tells nothing, and equal figures are equal", "[difference]") {
  CHECK(DifferenceOf(Seeds({1}), Seeds({2}), kAccuracy)->verdict ==
        DifferenceVerdict::kTooFewSeeds);
  CHECK(VerdictText(DifferenceVerdict::kTooFewSeeds, 1, "seed") ==
        "cannot be distinguished with 1 seed");
  CHECK(VerdictText(DifferenceVerdict::kTooFewSeeds, 2, "repeat") ==
        "cannot be distinguished with 2 repeats");
  CHECK(DifferenceOf(Seeds(kA), Seeds(kA), kAccuracy)->verdict == DifferenceVerdict::kEqual);
  CHECK_FALSE(DifferenceOf({}, Seeds(kA), kAccuracy));
}

TEST_CASE("accuracies that are equally far apart with every seed are not certain to be",
          "[difference]") {
  const std::pair<BySeed, BySeed> cases[] = {
      {Seeds({.81, .83}), Seeds({.80, .82})},   // equal but for rounding
      {Seeds({.75, .5}), Seeds({.625, .375})},  // exactly
      {Seeds({.75, .75}), Seeds({.5, .5})}};    // no seed changes either
  for (const auto& [group, baseline] : cases) {
    const Difference d = DifferenceOf(group, baseline, kAccuracy).value();
    CHECK(*d.p() == .5);
    CHECK_FALSE(d.p_paired_t);
    CHECK_FALSE(d.interval);
    CHECK(d.verdict == DifferenceVerdict::kNotDistinguishable);
    CHECK(DifferenceP(group, baseline, kAccuracy) == d.p());
  }
  const Difference six = DifferenceOf(Seeds({.75, .75, .75, .75, .75, .75}),
                                      Seeds({.5, .5, .5, .5, .5, .5}), kAccuracy)
                             .value();
  CHECK(*six.p() == .03125);
  CHECK(six.verdict == DifferenceVerdict::kBetter);
  CHECK_FALSE(six.interval);
}

TEST_CASE("what no seed changes is certain", "[difference]") {
  for (const std::int64_t first : {1, 11}) {  // paired, and not
    const BySeed group = Seeds({2000, 2000}), baseline = Seeds({1000, 1000}, first);
    const Difference d = DifferenceOf(group, baseline, kParameters).value();
    CHECK(*d.p() == 0);
    CHECK(d.interval->low == 1000);
    CHECK(d.interval->high == 1000);
    CHECK(d.verdict == DifferenceVerdict::kHigher);
    CHECK(DifferenceP(group, baseline, kParameters) == d.p());
  }
  const Difference varies =
      DifferenceOf(Seeds({2, 3}), Seeds({1, 2}), Metric("loss", Goal::kMinimize)).value();
  CHECK(*varies.p() == .5);
  CHECK(varies.verdict == DifferenceVerdict::kNotDistinguishable);
}

TEST_CASE("without common seeds, accuracies that do not vary are regrouped", "[difference]") {
  const BySeed group = Seeds({.75, .75, .75}), baseline = Seeds({.5, .5, .5}, 11);
  const Difference d = DifferenceOf(group, baseline, kAccuracy).value();
  CHECK_FALSE(d.paired);
  CHECK_FALSE(d.p_welch);
  CHECK_FALSE(d.interval);
  CHECK(*d.p() == Approx(.1));
  CHECK(*DifferenceP(group, baseline, kAccuracy) == Approx(.1));
}

TEST_CASE("one equal difference among ten stays undistinguished", "[difference]") {
  std::vector<Difference> differences;
  std::vector<Difference*> family;
  for (int row = 0; row < 10; ++row) {
    const double step = .01 * row;
    differences.push_back(
        DifferenceOf(Seeds({.81, .83 + step}), Seeds({.80, .82}), kAccuracy).value());
  }
  for (Difference& one : differences) family.push_back(&one);
  AdjustFamily(family, Goal::kMaximize);
  CHECK(differences[0].p_exact);
  CHECK_FALSE(differences[1].p_exact);
  CHECK(*differences[0].p_holm == 1);
  CHECK(differences[0].verdict == DifferenceVerdict::kNotDistinguishable);
}

TEST_CASE("equal rows are seldom told apart by shares of a hundred items", "[difference]") {
  constexpr int kRows = 10, kItems = 100, kTrials = 400;
  Random random(7);
  const auto share = [&] {
    int right = 0;
    for (int item = 0; item < kItems; ++item) right += random.Unit() < .8;
    return static_cast<double>(right) / kItems;
  };
  int wrong = 0;
  for (int trial = 0; trial < kTrials; ++trial) {
    const BySeed baseline = Seeds({share(), share()});
    std::vector<Difference> rows;
    for (int row = 0; row < kRows; ++row)
      rows.push_back(DifferenceOf(Seeds({share(), share()}), baseline, kAccuracy).value());
    std::vector<Difference*> family;
    for (Difference& row : rows) family.push_back(&row);
    AdjustFamily(family, Goal::kMaximize);
    wrong += std::any_of(rows.begin(), rows.end(), [](const Difference& row) {
      return row.verdict == DifferenceVerdict::kBetter || row.verdict == DifferenceVerdict::kWorse;
    });
  }
  CHECK(wrong <= kTrials * 5 / 100);  // with p = 0 where both seeds differ by the same: 0.36
}

TEST_CASE("one common seed of several is no reason not to tell", "[difference]") {
  const BySeed group = Seeds(kA), baseline = Seeds(kB, 5);
  const Difference d = DifferenceOf(group, baseline, kAccuracy).value();
  CHECK_FALSE(d.paired);
  CHECK(d.n == 5);
  CHECK(*d.p_welch == Approx(0.023143274615217146).epsilon(1e-9));
  CHECK(d.verdict == DifferenceVerdict::kBetter);
  CHECK(DifferenceP(group, baseline, kAccuracy) == d.p());
  const Difference alone = DifferenceOf(Seeds({1}, 5), baseline, kAccuracy).value();
  CHECK(alone.paired);
  CHECK(alone.verdict == DifferenceVerdict::kTooFewSeeds);
}

TEST_CASE("a difference that one test alone would show may not stand among others",
          "[difference]") {
  std::vector<Difference> family(4);
  const std::vector<double> p = {.01, .04, .03, .005};  // golden.json, holm
  std::vector<Difference*> members;
  for (std::size_t i = 0; i < p.size(); ++i) {
    family[i].mean = 1;
    family[i].p_paired_t = p[i];
    members.push_back(&family[i]);
  }
  AdjustFamily(members, Goal::kMaximize);
  CHECK(*family[0].p_holm == Approx(.03));
  CHECK(*family[1].p_holm == Approx(.06));
  CHECK(family[0].verdict == DifferenceVerdict::kBetter);
  CHECK(family[1].verdict == DifferenceVerdict::kNotDistinguishable);
}
