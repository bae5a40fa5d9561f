#include "results/pareto.h"

#include "results/comparison_testing.h"

using namespace sweepformer;
using namespace sweepformer::testing;

namespace {

/// Four designs over three seeds; accuracy is to be more, memory less.
struct Designs : Fixture {
  std::vector<FrontPlace> Places(const std::vector<std::pair<double, double>>& means,
                                 double spread) {
    std::vector<SweepMember> members;
    for (std::size_t design = 0; design < means.size(); ++design)
      for (std::int64_t seed = 1; seed <= 3; ++seed)
        members.push_back(Run("full", static_cast<std::int64_t>(design), seed));
    Plan(members);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      const auto [accuracy, bytes] = means[i / 3];
      // Of every design another, so that no two of them differ by the same from seed to seed.
      const double noise = spread * static_cast<double>((i % 3 + i / 3) % 3);
      Succeed(store, runs[i], {{"accuracy", accuracy + noise}, {"peak_tensor_bytes", bytes}});
    }
    ComparisonRequest request{.metrics = {"accuracy", "peak_tensor_bytes"}};
    comparison = Ask(request).value();
    comparison.metrics[1].goal = Goal::kMinimize;
    return ParetoFrontOf(comparison).value().places;
  }
  Comparison comparison;
};

}  // namespace

TEST_CASE("a row that another surely beats is dominated", "[pareto]") {
  Designs f;
  CHECK(f.Places({{.9, 100}, {.8, 50}, {.7, 60}}, 1e-4) ==
        std::vector{FrontPlace::kCertain, FrontPlace::kCertain, FrontPlace::kDominated});
  const ParetoFront front = ParetoFrontOf(f.comparison).value();
  CHECK(front.dominator[2] == 1);
  CHECK_FALSE(front.dominator[0]);
}

TEST_CASE("a row whose lead or lag may be chance is probable", "[pareto]") {
  Designs f;
  CHECK(f.Places({{.9, 50}, {.89, 50}}, .1) ==
        std::vector{FrontPlace::kProbable, FrontPlace::kProbable});
}

TEST_CASE("rows of equal means share their place", "[pareto]") {
  Designs f;
  CHECK(f.Places({{.9, 50}, {.9, 50}, {.8, 60}}, 0) ==
        std::vector{FrontPlace::kCertain, FrontPlace::kCertain, FrontPlace::kDominated});
}

TEST_CASE("no row of one seed is surely better, however many there are", "[pareto]") {
  Comparison comparison;
  comparison.metrics.push_back({"accuracy", "", Goal::kMaximize, false, "", ""});
  comparison.metrics.push_back({"bytes", "", Goal::kMinimize, false, "", ""});
  constexpr int kRows = 1000;
  for (int row = 0; row < kRows; ++row) {
    ComparedGroup& group = comparison.groups.emplace_back();
    for (const double figure : {-1.0 * row, 1.0 * row}) {
      ComparedFigure& one = group.figures.emplace_back();
      one.values[1] = {figure};
      one.spread = SpreadOf({figure});
    }
  }
  const ParetoFront front = ParetoFrontOf(comparison).value();
  CHECK(front.places == std::vector(kRows, FrontPlace::kProbable));
}

TEST_CASE("a front needs two goals", "[pareto]") {
  Demo f;
  const auto front = ParetoFrontOf(f.Ask({.metrics = {"accuracy"}}).value());
  CHECK(front.status().message().starts_with(
      "--pareto: only one of the metrics compared has a goal"));
}
