#include "model/kernels/elementwise.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

torch::Tensor Leaf(const torch::Tensor& x, torch::ScalarType type) {
  return x.detach().to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
}

/// The result and the gradients of all arguments, in float64, computed in `type`: float32 goes
/// through the kernels, float64 through torch's operators. The masks are the same.
template <typename Function>
std::vector<torch::Tensor> Outcome(const Function& function, std::vector<torch::Tensor> arguments,
                                   torch::ScalarType type) {
  for (auto& argument : arguments) argument = Leaf(argument, type);
  torch::manual_seed(11);
  const torch::Tensor y = function(arguments);
  std::vector<torch::Tensor> all = torch::autograd::grad({(y * y.detach().cos()).sum()}, arguments);
  all.push_back(y.detach());
  for (auto& one : all) one = one.to(torch::kFloat64);
  return all;
}

template <typename Function>
void CheckKernel(const Function& function, const std::vector<torch::Tensor>& arguments) {
  const auto fast = Outcome(function, arguments, torch::kFloat);
  const auto plain = Outcome(function, arguments, torch::kFloat64);
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const double size = std::max(1.0, plain[i].abs().max().template item<double>());
    CHECK(MaxDifference(fast[i], plain[i]) < 2e-6 * size);
  }
}

TEST_CASE("GELU and its derivative are exact to float32's rounding", "[kernels]") {
  const torch::Tensor x = torch::cat({torch::linspace(-20, 20, 40'001, torch::kFloat64),
                                      torch::tensor({0.0, -0.0, 1e-30, -1e-30, 1e4, -1e4})});
  const auto gelu = [](const std::vector<torch::Tensor>& a) {
    return GeluDropout(a[0] * 1, torch::Tensor(), 0.0);
  };
  const auto fast = Outcome(gelu, {x.unsqueeze(0)}, torch::kFloat);
  const auto plain = Outcome(gelu, {x.to(torch::kFloat).unsqueeze(0)}, torch::kFloat64);
  const torch::Tensor tolerance = plain[1].abs() * 3e-7 + 2e-7;
  CHECK(((fast[1] - plain[1]).abs() <= tolerance).all().item<bool>());
  // cos(y) of large y differs with y's rounding: the derivative is compared where it counts.
  const torch::Tensor middle = x.abs().unsqueeze(0) < 6;
  CHECK(MaxDifference(fast[0].masked_select(middle), plain[0].masked_select(middle)) < 5e-6);
}

TEST_CASE("fused bias, GELU and dropout equal torch's operators", "[kernels]") {
  for (const std::int64_t width : {1, 7, 8, 33, 100, 512}) {
    for (const double dropout : {0.0, 0.4}) {
      CAPTURE(width, dropout);
      torch::manual_seed(1);
      const torch::Tensor x = torch::randn({3, 50, width}), bias = torch::randn({width});
      CheckKernel(
          [&](const std::vector<torch::Tensor>& a) { return GeluDropout(a[0] * 1, a[1], dropout); },
          {x, bias});
      CheckKernel(
          [&](const std::vector<torch::Tensor>& a) { return GeluDropout(a[0] * 1, {}, dropout); },
          {x});
    }
  }
}

TEST_CASE("fused bias, dropout and residual sum equal torch's operators", "[kernels]") {
  for (const std::int64_t width : {1, 7, 33, 128}) {
    for (const double dropout : {0.0, 0.4}) {
      CAPTURE(width, dropout);
      torch::manual_seed(2);
      const torch::Tensor x = torch::randn({3, 50, width}), y = torch::randn({3, 50, width}),
                          bias = torch::randn({width});
      CheckKernel(
          [&](const std::vector<torch::Tensor>& a) {
            return AddDropped(a[0], a[1] * 1, a[2], dropout);
          },
          {x, y, bias});
      CheckKernel(
          [&](const std::vector<torch::Tensor>& a) {
            return AddDropped(a[0], (a[1] * 1).transpose(0, 1), {}, dropout);
          },
          {x, y.transpose(0, 1).contiguous()});
    }
  }
}

TEST_CASE("a bias that does not learn gets no gradient", "[kernels]") {
  const torch::Tensor x = torch::randn({4, 33}).requires_grad_(), bias = torch::randn({33});
  AddDropped(x, GeluDropout(x * 1, bias, 0.1), bias, 0.1).sum().backward();
  CHECK(x.grad().defined());
  CHECK_FALSE(bias.grad().defined());
}

TEST_CASE("memory that a backward pass used up is not used again", "[kernels]") {
  const torch::Tensor x = torch::randn({4, 33}).requires_grad_();
  const torch::Tensor sum = GeluDropout(x * 1, torch::Tensor(), 0.0).sum();
  sum.backward({}, /*retain_graph=*/true);
  CHECK_THROWS_AS(sum.backward(), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
