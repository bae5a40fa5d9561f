#include "model/fnet.h"

#include <catch2/catch.hpp>

#include "model/testdata/golden_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::PadAfter;

torch::Tensor Mix(const torch::Tensor& x) { return FourierMix(x, x.size(1)); }

/// Element -i of a dimension in the place of element i.
torch::Tensor Flipped(const torch::Tensor& x) { return x.flip({1, 2}).roll({1, 1}, {1, 2}); }

torch::Tensor Draw(std::int64_t tokens, std::int64_t width) {
  torch::manual_seed(1);
  return torch::randn({2, tokens, width}, torch::kFloat64);
}

/// The definition, a double sum of cosines.
torch::Tensor ByDefinition(const torch::Tensor& x) {
  const auto angles = [](std::int64_t n) {
    const torch::Tensor i = torch::arange(n, torch::kFloat64);
    return i.unsqueeze(1) * i * (2 * M_PI / static_cast<double>(n));
  };
  const torch::Tensor rows = angles(x.size(1)), columns = angles(x.size(2));
  return torch::matmul(torch::matmul(rows.cos(), x), columns.cos()) -
         torch::matmul(torch::matmul(rows.sin(), x), columns.sin());
}

TEST_CASE("fourier mixing equals the golden vectors", "[fnet]") {
  const torch::Tensor x = testing::Wave(5, 3, 0).unsqueeze(0);
  CHECK(MaxDifference(Mix(x), testing::GoldenTensor(golden::kFnet).squeeze(0)) < 1e-10);
}

TEST_CASE("fourier mixing is the double sum of its definition, at odd and prime sizes", "[fnet]") {
  for (const auto& [tokens, width] : {std::pair{7, 5}, std::pair{8, 6}, std::pair{1, 4}}) {
    const torch::Tensor x = Draw(tokens, width);
    CHECK(MaxDifference(Mix(x), ByDefinition(x)) < 1e-10);
    CHECK(MaxDifference(Mix(x).select(1, 0).select(1, 0), x.sum({1, 2})) < 1e-10);
  }
}

TEST_CASE("fourier mixing keeps the even part of its input alone", "[fnet]") {
  const torch::Tensor x = Draw(7, 5), even = (x + Flipped(x)) / 2;
  const double size = 7 * 5;
  CHECK(MaxDifference(Mix(x), Flipped(Mix(x))) < 1e-10);
  CHECK(MaxDifference(Mix(Mix(x)), size * even) < 1e-9);
  CHECK(MaxDifference(Mix(x - even), torch::zeros_like(x)) < 1e-10);
  CHECK(Mix(x).pow(2).sum().item<double>() ==
        Approx(size * even.pow(2).sum().item<double>()).epsilon(1e-12));
}

TEST_CASE("a longer transform equals padding with zeros", "[fnet]") {
  const torch::Tensor x = Draw(4, 6), zeros = torch::zeros({2, 5, 6}, torch::kFloat64);
  const torch::Tensor padded = torch::cat({x, zeros}, 1);
  CHECK(MaxDifference(FourierMix(x, 9), Mix(padded).narrow(1, 0, 4)) < 1e-10);
  CHECK(MaxDifference(FourierMix(x, 9), Mix(x)) > 0.1);  // the length is part of the definition
}

TEST_CASE("fnet has no parameters and the gradient of a self-adjoint transform", "[fnet]") {
  FNetMixing mixing(AttentionOptions{.max_length = 5});
  CHECK(mixing->parameters().empty());
  const torch::Tensor x = Draw(5, 4).requires_grad_(), upstream = Draw(5, 4) + 1;
  (mixing(x, torch::Tensor()) * upstream).sum().backward();
  CHECK(MaxDifference(x.grad(), Mix(upstream)) < 1e-10);
  CHECK(testing::ModuleGradientError(*mixing, torch::randn({2, 4, 6}), PadAfter({4, 2}, 4)) < 1e-6);
}

TEST_CASE("fnet lets nothing out of padding", "[fnet]") {
  FNetMixing mixing(AttentionOptions{.max_length = 8});
  const torch::Tensor x = Draw(6, 4), mask = PadAfter({6, 3}, 6);
  const torch::Tensor clean = mixing(x, mask);
  const torch::Tensor poisoned = x.masked_fill(mask.unsqueeze(-1), NAN);
  CHECK(torch::equal(mixing(poisoned, mask), clean));
  CHECK(MaxDifference(mixing(x.narrow(0, 1, 1).narrow(1, 0, 3), torch::Tensor()),
                      clean.narrow(0, 1, 1).narrow(1, 0, 3)) < 1e-10);
  CHECK_THROWS_AS(mixing(Draw(9, 4), torch::Tensor()), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
