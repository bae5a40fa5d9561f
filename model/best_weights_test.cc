#include "model/best_weights.h"

#include <torch/nn/modules/linear.h>
#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

/// The weights that come back after epochs with these figures on validation; in epoch e they are e.
double Kept(const std::vector<ValidFigures>& figures, BestBy by) {
  torch::nn::Linear linear(1, 1);
  BestWeights best(*linear, by);
  for (std::size_t epoch = 1; epoch <= figures.size(); ++epoch) {
    {
      const torch::NoGradGuard no_grad;
      linear->weight.fill_(static_cast<double>(epoch));
    }
    best.Offer(static_cast<std::int64_t>(epoch), figures[epoch - 1]);
  }
  best.Restore();
  const ValidFigures& chosen = figures.at(static_cast<std::size_t>(best.epoch() - 1));
  CHECK(best.valid().accuracy == chosen.accuracy);
  CHECK(best.valid().mcc == chosen.mcc);
  CHECK(linear->weight.item<double>() == static_cast<double>(best.epoch()));
  CHECK(linear->weight.requires_grad());
  return linear->weight.item<double>();
}

double Kept(const std::vector<double>& accuracies) {
  std::vector<ValidFigures> figures;
  for (const double accuracy : accuracies) figures.push_back({accuracy, 0.0});
  return Kept(figures, BestBy::kAccuracy);
}

TEST_CASE("the weights of the best epoch on validation come back", "[best_weights]") {
  CHECK(Kept({0.5, 0.9, 0.7}) == 2);
  CHECK(Kept({0.5, 0.6, 0.7}) == 3);
  CHECK(Kept({0.7}) == 1);
}

TEST_CASE("among equally good epochs the earliest is kept", "[best_weights]") {
  CHECK(Kept({0.5, 0.8, 0.8, 0.8}) == 2);
  CHECK(Kept({0.0, 0.0}) == 1);
}

TEST_CASE("the best epoch is that of the figure it is chosen by", "[best_weights]") {
  // Always the commoner answer, then both answers: less accurate and better.
  const std::vector<ValidFigures> figures = {{0.70, 0.0}, {0.65, 0.2}, {0.66, 0.1}};
  CHECK(Kept(figures, BestBy::kAccuracy) == 1);
  CHECK(Kept(figures, BestBy::kMcc) == 2);
  CHECK(Kept({{0.0, -1.0}, {0.0, -1.0}}, BestBy::kMcc) == 1);
}

}  // namespace
}  // namespace sweepformer::model
