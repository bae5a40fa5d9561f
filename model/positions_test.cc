#include "model/positions.h"

#include <catch2/catch.hpp>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

TEST_CASE("the sinusoidal table holds the paper's sines and cosines", "[positions]") {
  const torch::Tensor table = SinusoidalTable(10, 5);
  const auto at = [&](int t, int column) { return table[t][column].item<double>(); };
  CHECK(at(0, 0) == 0.0);
  CHECK(at(0, 1) == 1.0);
  CHECK(at(7, 0) == Approx(std::sin(7.0)));
  CHECK(at(7, 3) == Approx(std::cos(7.0 / std::pow(10000.0, 2.0 / 5))));
  CHECK(at(9, 4) == Approx(std::sin(9.0 / std::pow(10000.0, 4.0 / 5))));
}

TEST_CASE("positions are added from the first token on", "[positions]") {
  const torch::Tensor x = torch::randn({2, 3, 4});
  PositionTable learned(Positions::kLearned, 6, 4), none(Positions::kNone, 6, 4);
  const torch::Tensor table = learned->parameters().at(0);
  CHECK(table.sizes() == torch::IntArrayRef({6, 4}));
  CHECK(torch::equal(learned(x), x + table.narrow(0, 0, 3)));
  CHECK(torch::equal(none(x), x));
  CHECK(none->parameters().empty());
}

TEST_CASE("sinusoidal positions are fixed and as large as learned ones at the start",
          "[positions]") {
  PositionTable fixed(Positions::kSinusoidal, 64, 16), learned(Positions::kLearned, 64, 16);
  CHECK(fixed->parameters().empty());
  const torch::Tensor nothing = torch::zeros({1, 64, 16});
  const auto size = [&](PositionTable& table) {
    return table(nothing).pow(2).mean().sqrt().item<double>();
  };
  CHECK(size(fixed) == Approx(kEmbeddingDeviation).epsilon(0.01));
  CHECK(size(learned) == Approx(kEmbeddingDeviation).epsilon(0.1));
}

TEST_CASE("positions refuse more tokens than there are", "[positions]") {
  PositionTable table(Positions::kLearned, 6, 4);
  CHECK_THROWS_AS(table(torch::zeros({1, 7, 4})), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
