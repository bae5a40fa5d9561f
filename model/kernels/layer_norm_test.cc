#include "model/kernels/layer_norm.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/nn/init.h>

#include <catch2/catch.hpp>
#include <functional>
#include <vector>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

using Norm = std::function<torch::Tensor(const torch::nn::LayerNorm&, const torch::Tensor&)>;

torch::Tensor OfTorch(const torch::nn::LayerNorm& norm, const torch::Tensor& x) {
  return torch::layer_norm(x, norm->options.normalized_shape(), norm->weight, norm->bias);
}

/// The result and the gradients of x, weight and bias, computed in `type`, as float64.
std::vector<torch::Tensor> Outcome(const Norm& normalized, const torch::nn::LayerNorm& of,
                                   const torch::Tensor& x, torch::ScalarType type) {
  torch::nn::LayerNorm norm(of->options);
  norm->to(type);
  {
    const torch::NoGradGuard no_grad;
    norm->weight.copy_(of->weight);
    norm->bias.copy_(of->bias);
  }
  const torch::Tensor leaf = x.detach().to(type).requires_grad_();
  const torch::Tensor y = normalized(norm, leaf);
  auto all =
      torch::autograd::grad({(y * y.detach().cos()).sum()}, {leaf, norm->weight, norm->bias});
  all.push_back(y.detach());
  for (auto& one : all) one = one.to(torch::kFloat64);
  return all;
}

/// Rows of few numbers that are nearly the same magnify rounding, torch's as the kernel's.
void CheckKernel(const torch::Tensor& x) {
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({x.size(-1)}));
  torch::nn::init::normal_(norm->weight);
  torch::nn::init::normal_(norm->bias);
  const auto exact = Outcome(OfTorch, norm, x, torch::kFloat64);
  const auto fast = Outcome(Normalized, norm, x, torch::kFloat);
  const auto plain = Outcome(OfTorch, norm, x, torch::kFloat);
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const double size = std::max(1.0, exact[i].abs().max().item<double>());
    CHECK(MaxDifference(fast[i], exact[i]) < 4 * MaxDifference(plain[i], exact[i]) + 1e-6 * size);
  }
}

TEST_CASE("the layer norm kernel equals torch's operator", "[kernels]") {
  torch::manual_seed(1);
  for (const std::int64_t width : {2, 7, 8, 33, 128}) {
    CAPTURE(width);
    CheckKernel(torch::randn({3, 50, width}));
    CheckKernel(torch::randn({50, 3, width}).transpose(0, 1));
  }
  CheckKernel(torch::randn({3, 50, 128}) + 100);  // far from zero
  CheckKernel(torch::randn({600, 128}));          // enough for more than one thread
}

/// The gradients of x, weight and bias, where the loss sees these of the two branches.
std::vector<torch::Tensor> GradientsOfBranches(const torch::nn::LayerNorm& norm,
                                               const torch::Tensor& x, bool term, bool normed) {
  const torch::Tensor leaf = x.detach().requires_grad_();
  const Branches branches = BesideNorm(norm, leaf);
  torch::Tensor loss = torch::zeros({});
  if (term) loss = loss + (branches.term * branches.term).sum();
  if (normed) loss = loss + (branches.norm * branches.norm.detach().cos()).sum();
  return torch::autograd::grad({loss}, {leaf, norm->weight, norm->bias}, {}, /*retain_graph=*/{},
                               /*create_graph=*/false, /*allow_unused=*/true);
}

TEST_CASE("the gradients of a term and of its norm are added up", "[kernels]") {
  torch::manual_seed(1);
  torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({33}));
  torch::nn::init::normal_(norm->weight);
  const torch::Tensor x = torch::randn({5, 50, 33});
  CHECK(torch::equal(BesideNorm(norm, x).term, x));
  CHECK(torch::equal(BesideNorm(norm, x).norm, Normalized(norm, x)));
  const auto both = GradientsOfBranches(norm, x, true, true);
  const auto of_norm = GradientsOfBranches(norm, x, false, true);
  CHECK(MaxDifference(both[0], of_norm[0] + 2 * x) < 1e-5);
  CHECK(torch::equal(both[1], of_norm[1]));
  CHECK(torch::equal(both[2], of_norm[2]));
  const auto of_term = GradientsOfBranches(norm, x, true, false);
  CHECK(torch::equal(of_term[0], 2 * x));
  CHECK_FALSE(of_term[1].defined());
}

TEST_CASE("a layer norm of nothing, or of one number, is torch's", "[kernels]") {
  const torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({1}));
  CHECK(Normalized(norm, torch::empty({0, 1})).sizes() == at::IntArrayRef({0, 1}));
  CHECK(torch::equal(Normalized(norm, torch::randn({4, 1})), torch::zeros({4, 1})));
}

}  // namespace
}  // namespace sweepformer::model
