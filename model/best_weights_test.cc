#include "model/best_weights.h"

#include <torch/nn/modules/linear.h>
#include <catch2/catch.hpp>

namespace sweepformer::model {
namespace {

/// The weights that come back after epochs with these validation accuracies; in epoch e they are e.
double Kept(const std::vector<double>& accuracies) {
  torch::nn::Linear linear(1, 1);
  BestWeights best(*linear);
  for (std::size_t epoch = 1; epoch <= accuracies.size(); ++epoch) {
    {
      const torch::NoGradGuard no_grad;
      linear->weight.fill_(static_cast<double>(epoch));
    }
    best.Offer(static_cast<std::int64_t>(epoch), accuracies[epoch - 1]);
  }
  best.Restore();
  CHECK(best.valid_accuracy() == accuracies.at(static_cast<std::size_t>(best.epoch() - 1)));
  CHECK(linear->weight.item<double>() == static_cast<double>(best.epoch()));
  CHECK(linear->weight.requires_grad());
  return linear->weight.item<double>();
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

}  // namespace
}  // namespace sweepformer::model
