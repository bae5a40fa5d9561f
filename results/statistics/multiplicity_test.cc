#include "results/statistics/multiplicity.h"

#include <catch2/catch.hpp>
#include <cmath>

using namespace sweepformer;

TEST_CASE("Holm's adjustment is that of the worked example", "[multiplicity]") {
  const std::vector<double> adjusted = HolmAdjusted(std::vector<double>{0.01, 0.04, 0.03, 0.005});
  const double expected[] = {0.03, 0.06, 0.06, 0.02};
  for (int i = 0; i < 4; ++i) CHECK(adjusted[i] == Approx(expected[i]).epsilon(1e-9));
}

TEST_CASE("Holm's adjustment leaves a single p alone and stays a probability", "[multiplicity]") {
  CHECK(HolmAdjusted({}).empty());
  CHECK(HolmAdjusted(std::vector<double>{0.04}) == std::vector<double>{0.04});
  CHECK(HolmAdjusted(std::vector<double>{0.6, 0.7, 1.0}) == std::vector<double>{1, 1, 1});
  CHECK(HolmAdjusted(std::vector<double>{0, 0.02}) == std::vector<double>{0, 0.02});
}

TEST_CASE("equal p-values are adjusted equally", "[multiplicity]") {
  for (const double p : HolmAdjusted(std::vector<double>{0.01, 0.01, 0.01})) {
    CHECK(p == Approx(0.03));
  }
}

TEST_CASE("a comparison without p does not count", "[multiplicity]") {
  const std::vector<double> adjusted =
      HolmAdjusted(std::vector<double>{0.01, std::nan(""), 0.04, std::nan("")});
  CHECK(adjusted[0] == Approx(0.02));
  CHECK(adjusted[2] == Approx(0.04));
  CHECK(std::isnan(adjusted[1]));
  CHECK(std::isnan(adjusted[3]));
}
