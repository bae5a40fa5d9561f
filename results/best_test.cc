#include "results/best.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "results/comparison_testing.h"
#include "results/statistics/random.h"

using namespace sweepformer;
using namespace sweepformer::testing;

TEST_CASE("rows are ranked and told from the best", "[best]") {
  Demo f;
  const auto best = FindBest(f.Ask({}).value(), {"accuracy", {}});
  REQUIRE(best.ok());
  CHECK(best->ranking == std::vector<std::size_t>{0, 1, 2});
  CHECK_FALSE(best->behind[0]);
  CHECK(*best->behind[2]->mean == Approx(-0.05));
  // The smallest p of the three pairs is that of the second and third: t = -4, two degrees.
  CHECK(*best->behind[2]->p_holm == Approx(3 * (1 - 4 / std::sqrt(18.0))));
}

TEST_CASE("equal rows are seldom told from the one that came out best", "[best]") {
  constexpr int kRows = 8, kSeeds = 5, kTrials = 400;
  int wrong = 0;
  Random random(7);
  for (int trial = 0; trial < kTrials; ++trial) {
    Comparison comparison;
    comparison.metrics.push_back({"accuracy", "", Goal::kMaximize, false, "", ""});
    for (int row = 0; row < kRows; ++row) {
      ComparedFigure figure;
      std::vector<double> all;
      for (int seed = 0; seed < kSeeds; ++seed) {
        all.push_back(std::sqrt(-2 * std::log(random.Unit())) *
                      std::cos(2 * std::numbers::pi * random.Unit()));
        figure.values[seed] = {all.back()};
      }
      figure.spread = SpreadOf(all);
      comparison.groups.emplace_back().figures.push_back(figure);
    }
    const BestGroups best = FindBest(comparison, {"accuracy", {}}).value();
    wrong += std::any_of(best.behind.begin(), best.behind.end(), [](const auto& one) {
      return one && one->verdict == DifferenceVerdict::kWorse;
    });
  }
  CHECK(wrong <= kTrials * 8 / 100);  // under three standard errors over 0.05; Holm of seven: 0.11
}

TEST_CASE("of many rows the pairs are counted, not made", "[best]") {
  constexpr int kRows = 20'000;
  Comparison comparison;
  comparison.metrics.push_back({"accuracy", "", Goal::kMaximize, false, "", ""});
  for (int row = 0; row < kRows; ++row) {
    ComparedFigure figure;
    for (int seed = 0; seed < 3; ++seed) figure.values[seed] = {-row + 1e-5 * (row * seed % 7)};
    figure.spread = SpreadOf(SeedMeans(figure.values));
    comparison.groups.emplace_back().figures.push_back(figure);
  }
  const BestGroups best = FindBest(comparison, {"accuracy", {}}).value();
  const Difference& last = *best.behind.back();
  CHECK(*last.p_holm == Approx(std::min(1.0, *last.p() * 0.5 * kRows * (kRows - 1))));
}

TEST_CASE("the best is looked for among rows that meet a rule", "[best]") {
  Demo f;
  const Comparison comparison = f.Ask({.metrics = {"accuracy", "peak_tensor_bytes"}}).value();
  const auto best = FindBest(comparison, {"accuracy", "peak_tensor_bytes > 10.5 * 1048576"});
  REQUIRE(best.ok());
  CHECK(best->ranking == std::vector<std::size_t>{1, 2});
  CHECK(best->left_out == 1);
  CHECK(FindBest(comparison, {"accuracy", "accuracy > 2"}).status().code() == Code::kNotFound);
}

TEST_CASE("an infinite mean wins nothing, and that is said", "[best]") {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("linformer", 2, 1), Run("none", {}, 1), Run("none", {}, 2),
          Run("linformer", 4, 1)});
  SucceedAll(f, {0.5, kInfinity, kInfinity, -kInfinity});
  const auto best = FindBest(f.Ask({}).value(), {"accuracy", {}});
  REQUIRE(best.ok());
  CHECK(best->ranking == std::vector<std::size_t>{0});
  REQUIRE(best->warnings.size() == 1);
  CHECK(best->warnings[0].Text().starts_with(
      "2 rows have an infinite figure of accuracy: they are not ranked; see what went wrong"));
  CHECK(FindBest(f.Ask({}).value(), {"accuracy", "accuracy > 1"}).status().message() ==
        "no row for which --within holds has a finite figure of accuracy");
}

TEST_CASE("rows that are told from the best by fewer seeds than their means are of are told of",
          "[best]") {
  Fixture f;
  f.Plan({Run("full", {}, 1), Run("full", {}, 2), Run("full", {}, 3), Run("none", {}, 1),
          Run("none", {}, 2)});
  SucceedAll(f, {.75, .75, 1, .8125, .813});
  Answer answer;
  answer.comparison = f.Ask({}).value();
  answer.best = FindBest(answer.comparison, {"accuracy", {}}).value();
  REQUIRE(answer.best->ranking == std::vector<std::size_t>{0, 1});
  const std::string text = RenderAnswer(answer, TableFormat::kTable);
  INFO(text);
  CHECK(text.find("1 row is better than the first in the seeds that both have") !=
        std::string::npos);
  CHECK(text.find("1 row is told from the first by fewer seeds") != std::string::npos);
  CHECK(text.find("not distinguishable") == std::string::npos);
}

TEST_CASE("what --best and --within cannot use is said", "[best]") {
  Demo f;
  const Comparison comparison = f.Ask({.metrics = {"accuracy", "peak_tensor_bytes"}}).value();
  const auto error = [&](const std::string& metric, const std::optional<std::string>& within) {
    return FindBest(comparison, {metric, within}).status().message();
  };
  CHECK(error("acuracy", {}) ==
        "--best: 'acuracy' is not compared, did you mean 'accuracy'?; add it to --metric");
  CHECK(error("peak_tensor_bytes", {}).starts_with("--best: nothing says whether more or less"));
  CHECK(error("accuracy", "acuracy > 1").find("did you mean 'accuracy'?") != std::string::npos);
  CHECK(error("accuracy", "1; DROP TABLE means").starts_with("--within \"1; DROP TABLE means\""));
}
