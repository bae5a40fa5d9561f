#include <catch2/catch.hpp>
#include <limits>

#include "results/comparison.h"

using namespace sweepformer;

namespace {

BySeed Seeds(const std::vector<double>& figures, std::int64_t first = 1) {
  BySeed values;
  for (const double figure : figures) values[first++] = {figure};
  return values;
}

const std::vector<double> kA = {82.1, 83.0, 82.6, 82.4, 83.3};  // golden.json, stats_example
const std::vector<double> kB = {81.2, 82.5, 81.9, 81.4, 82.0};

}  // namespace

TEST_CASE("runs of the same seeds are held against one another", "[difference]") {
  const Difference d = DifferenceOf(Seeds(kA), Seeds(kB), Goal::kMaximize).value();
  CHECK(d.paired);
  CHECK(d.n == 5);
  CHECK(*d.mean == Approx(0.88));
  CHECK(*d.p_paired_t == Approx(0.0029108102914148066).epsilon(1e-9));
  CHECK(*d.p_sign_flip == 0.0625);
  CHECK(d.interval->low == Approx(0.5033846623303071).epsilon(1e-9));
  CHECK_FALSE(d.p_welch);
  CHECK(d.verdict == DifferenceVerdict::kBetter);
  CHECK(DifferenceOf(Seeds(kB), Seeds(kA), Goal::kMaximize)->verdict == DifferenceVerdict::kWorse);
  CHECK(DifferenceOf(Seeds(kA), Seeds(kB), Goal::kMinimize)->verdict == DifferenceVerdict::kWorse);
  CHECK(DifferenceOf(Seeds(kA), Seeds(kB), Goal::kNone)->verdict == DifferenceVerdict::kHigher);
}

TEST_CASE("runs of other seeds are held against one another by Welch's test", "[difference]") {
  const Difference d = DifferenceOf(Seeds(kA), Seeds(kB, 11), Goal::kMaximize).value();
  CHECK_FALSE(d.paired);
  CHECK(d.n == 5);
  CHECK(*d.p_welch == Approx(0.023143274615217146).epsilon(1e-9));
  CHECK(d.interval->high == Approx(1.604117028474108).epsilon(1e-9));
  CHECK_FALSE(d.p_paired_t);
}

TEST_CASE("only seeds that both have make pairs", "[difference]") {
  const Difference d =
      DifferenceOf(Seeds({1, 2, 3}), Seeds({5, 5, 100}, 2), Goal::kMaximize).value();
  CHECK(d.paired);
  CHECK(d.n == 2);
  CHECK(*d.mean == Approx(-2.5));
}

TEST_CASE("an infinite difference is no matter of seeds", "[difference]") {
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const auto verdict = [&](const BySeed& group) {
    return DifferenceOf(group, Seeds(kA), Goal::kMaximize)->verdict;
  };
  CHECK(verdict(Seeds({1, kInf, 1, 1, 1})) == DifferenceVerdict::kNotFinite);
  CHECK(verdict(Seeds({1, kInf, 1, -kInf, 1})) == DifferenceVerdict::kNotFinite);
  CHECK(verdict(Seeds({kInf}, 99)) == DifferenceVerdict::kNotFinite);
  CHECK(VerdictText(DifferenceVerdict::kNotFinite, 5, "seed") == "not finite");
}

TEST_CASE("one seed tells nothing, and equal figures are equal", "[difference]") {
  CHECK(DifferenceOf(Seeds({1}), Seeds({2}), Goal::kMaximize)->verdict ==
        DifferenceVerdict::kTooFewSeeds);
  CHECK(VerdictText(DifferenceVerdict::kTooFewSeeds, 1, "seed") ==
        "cannot be distinguished with 1 seed");
  CHECK(VerdictText(DifferenceVerdict::kTooFewSeeds, 2, "repeat") ==
        "cannot be distinguished with 2 repeats");
  CHECK(DifferenceOf(Seeds(kA), Seeds(kA), Goal::kMaximize)->verdict == DifferenceVerdict::kEqual);
  CHECK_FALSE(DifferenceOf({}, Seeds(kA), Goal::kMaximize));
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
