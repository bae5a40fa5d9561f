#include "model/linear.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

constexpr std::int64_t kIn = 6, kOut = 4;

torch::Tensor Part(Linear linear, const std::string& name) {
  return linear->named_parameters()[name];
}

/// A layer whose adapter has learned something: B is not zero.
Linear Adapted(const Adapter& adapter, torch::ScalarType type = torch::kFloat64) {
  torch::manual_seed(3);
  Linear linear(kIn, kOut);
  linear->AddAdapter(adapter);
  const torch::NoGradGuard no_grad;
  Part(linear, "lora_B").normal_();
  linear->to(type);
  return linear;
}

/// What the adapter adds to the weight.
torch::Tensor Update(Linear linear) {
  return linear->adapter()->scale() *
         torch::matmul(Part(linear, "lora_B"), Part(linear, "lora_A")).detach();
}

TEST_CASE("without an adapter it is torch's linear layer, draws included", "[linear]") {
  torch::manual_seed(1);
  torch::nn::Linear theirs(kIn, kOut);
  const torch::Tensor x = torch::randn({2, 3, kIn});
  torch::manual_seed(1);
  Linear ours(kIn, kOut);
  CHECK(torch::equal(torch::randn({2, 3, kIn}), x));
  CHECK(torch::equal(ours->weight, theirs->weight));
  CHECK(torch::equal(ours->bias, theirs->bias));
  CHECK(MaxDifference(ours(x), theirs(x)) < 1e-6);
  CHECK(ours->named_parameters().keys() == theirs->named_parameters().keys());
}

TEST_CASE("a fresh adapter changes no bit of the output", "[linear]") {
  torch::manual_seed(1);
  Linear linear(kIn, kOut);
  const torch::Tensor x = torch::randn({2, 3, kIn}), before = linear(x);
  linear->AddAdapter({.rank = 2, .alpha = 16, .dropout = 0.5});
  CHECK(torch::equal(linear(x), before));
  CHECK(Part(linear, "lora_B").count_nonzero().item<std::int64_t>() == 0);
  CHECK_THROWS_AS(linear->AddAdapter({}), c10::Error);
}

TEST_CASE("A starts Kaiming-uniform", "[linear]") {
  Linear linear(400, 4);
  linear->AddAdapter({.rank = 300});
  const torch::Tensor a = Part(linear, "lora_A").detach();
  const double bound = 1 / std::sqrt(400.0);  // √(6 / ((1 + 5) · in))
  CHECK(a.abs().max().item<double>() <= bound);
  CHECK(a.abs().max().item<double>() > 0.999 * bound);
  CHECK(a.var().item<double>() == Approx(bound * bound / 3).epsilon(0.02));
}

TEST_CASE("an adapter has r (in + out) parameters", "[linear]") {
  Linear linear = Adapted({.rank = 3});
  CHECK(Part(linear, "lora_A").sizes() == torch::IntArrayRef({3, kIn}));
  CHECK(Part(linear, "lora_B").sizes() == torch::IntArrayRef({kOut, 3}));
}

TEST_CASE("the output is that of the weight plus (alpha / r) B A", "[linear]") {
  Linear linear = Adapted({.rank = 2, .alpha = 5});
  const torch::Tensor x = torch::randn({7, kIn}, torch::kFloat64);
  const torch::Tensor expected = torch::linear(x, linear->weight + Update(linear), linear->bias);
  CHECK(MaxDifference(linear->forward(x), expected) < 1e-12);
}

TEST_CASE("twice alpha is twice the update", "[linear]") {
  const torch::Tensor x = torch::randn({7, kIn}, torch::kFloat64);
  const auto update = [&](double alpha) {
    Linear linear = Adapted({.rank = 2, .alpha = alpha});
    return linear->forward(x) - torch::linear(x, linear->weight, linear->bias);
  };
  CHECK(MaxDifference(update(6), 2 * update(3)) < 1e-12);
  CHECK(update(3).abs().max().item<double>() > 0.01);
}

TEST_CASE("a merged layer agrees, and its weight without the update is the one before",
          "[linear]") {
  Linear linear = Adapted({.rank = 2, .alpha = 4}, torch::kFloat32);
  const torch::Tensor x = torch::randn({7, kIn}), apart = linear->forward(x);
  const torch::Tensor weight = linear->weight.detach().clone();
  linear->Merge();
  CHECK(MaxDifference(linear->forward(x), apart) < 1e-6 * apart.abs().max().item<double>());
  CHECK(MaxDifference(linear->weight, weight + Update(linear)) < 1e-6);
  const torch::Tensor merged = linear->weight.detach().clone();
  linear->Merge();
  CHECK(torch::equal(linear->weight, merged));
  CHECK(MaxDifference(linear->weight - Update(linear), weight) < 1e-6);
}

TEST_CASE("dropout reaches the adapter alone", "[linear]") {
  Linear linear = Adapted({.rank = 2, .alpha = 2, .dropout = 0.5});
  const torch::Tensor x = torch::ones({1, kIn}, torch::kFloat64);
  const torch::Tensor base = torch::linear(x, linear->weight, linear->bias);
  linear->eval();
  const torch::Tensor whole = linear->forward(x);
  CHECK(torch::equal(linear->forward(x), whole));
  linear->train();
  torch::Tensor mean = torch::zeros_like(whole);
  constexpr int kDraws = 4000;
  for (int i = 0; i < kDraws; ++i) mean += linear->forward(x) / kDraws;
  const double size = (whole - base).abs().max().item<double>();
  CHECK(MaxDifference(linear->forward(x), whole) > 0.01 * size);
  // Of 4000 draws the mean is within 5 standard errors of about 0.02 |update|.
  CHECK(MaxDifference(mean, whole) < 0.15 * (size + 1));
}

TEST_CASE("an adapter has the gradients of central differences", "[linear]") {
  Linear linear = Adapted({.rank = 2, .alpha = 3});
  const torch::Tensor x = torch::randn({3, kIn}, torch::kFloat64).requires_grad_();
  std::vector<torch::Tensor> leaves = linear->parameters();
  leaves.push_back(x);
  CHECK(testing::GradientError([&] { return linear->forward(x); }, leaves) < 1e-6);
}

TEST_CASE("frozen, a layer computes the same and only its input has a gradient", "[linear]") {
  Linear linear = Adapted({.rank = 2, .alpha = 3});
  const torch::Tensor x = torch::randn({3, kIn}, torch::kFloat64).requires_grad_();
  CHECK(torch::equal(linear->ForwardFrozen(x), linear->forward(x)));
  linear->ForwardFrozen(x).sum().backward();
  for (const auto& parameter : linear->parameters()) CHECK_FALSE(parameter.grad().defined());
  CHECK(testing::GradientError([&] { return linear->ForwardFrozen(x); }, {x}) < 1e-6);
}

TEST_CASE("an adapter of full rank can be any update", "[linear]") {
  Linear linear = Adapted({.rank = kOut, .alpha = kOut});
  const torch::Tensor target = torch::randn({kOut, kIn}, torch::kFloat64);
  const auto [u, s, v] = torch::svd(target);
  {
    const torch::NoGradGuard no_grad;
    Part(linear, "lora_B").copy_(u * s);
    Part(linear, "lora_A").copy_(v.t());
  }
  CHECK(MaxDifference(Update(linear), target) < 1e-12);
}

/// Loss x ↦ Σ y ∘ weights: its gradient by the layer's weight is weightsᵀ x.
void Backward(Linear linear, const torch::Tensor& x, const torch::Tensor& weights) {
  linear->zero_grad();
  (linear->forward(x) * weights).sum().backward();
}

TEST_CASE("the first step of gradient descent moves the weight by G Aᵀ A", "[linear]") {
  torch::manual_seed(5);
  Linear linear(kIn, kOut);
  linear->AddAdapter({.rank = 3, .alpha = 6});
  linear->to(torch::kFloat64);
  const torch::Tensor x = torch::randn({8, kIn}, torch::kFloat64);
  const torch::Tensor weights = torch::randn({8, kOut}, torch::kFloat64);
  Backward(linear, x, weights);
  const torch::Tensor gradient = linear->weight.grad().clone();
  const torch::Tensor a = Part(linear, "lora_A"), b = Part(linear, "lora_B");
  CHECK(a.grad().abs().max().item<double>() == 0);  // B is zero
  constexpr double kRate = 0.1, kScale = 2;
  const torch::Tensor expected =
      -kRate * kScale * kScale * torch::matmul(gradient, torch::matmul(a.t(), a)).detach();
  {
    const torch::NoGradGuard no_grad;
    b.sub_(kRate * b.grad());
  }
  CHECK(MaxDifference(Update(linear), expected) < 1e-12);
}

TEST_CASE("with an orthogonal A and a scale of one the first step is the dense one", "[linear]") {
  torch::manual_seed(5);
  Linear linear(kIn, kOut);
  linear->AddAdapter({.rank = kIn, .alpha = kIn});
  linear->to(torch::kFloat64);
  const torch::Tensor a = Part(linear, "lora_A"), b = Part(linear, "lora_B");
  const torch::Tensor q = std::get<0>(torch::linalg_qr(torch::randn({kIn, kIn}, torch::kFloat64)));
  {
    const torch::NoGradGuard no_grad;
    a.copy_(q);
  }
  Backward(linear, torch::randn({8, kIn}, torch::kFloat64),
           torch::randn({8, kOut}, torch::kFloat64));
  const torch::NoGradGuard no_grad;
  b.sub_(0.1 * b.grad());
  CHECK(MaxDifference(Update(linear), -0.1 * linear->weight.grad()) < 1e-12);
}

TEST_CASE("an update has the adapter's rank at most", "[linear]") {
  Linear linear = Adapted({.rank = 2});
  const torch::Tensor values = std::get<1>(torch::svd(Update(linear)));
  CHECK(values[1].item<double>() > 1e-3);
  CHECK(values[2].item<double>() < 1e-12 * values[0].item<double>());
}

TEST_CASE("an adapter's work is r (in + out) products a row and a frozen weight's less",
          "[linear]") {
  Linear linear(kIn, kOut);
  const Work plain = linear->ForwardWork(10);
  CHECK(plain.flops == 2 * 10 * kIn * kOut);
  CHECK(TrainingWork(plain).flops == 3 * plain.flops);
  linear->AddAdapter({.rank = 2});
  linear->weight.requires_grad_(false);
  const Work adapted = linear->ForwardWork(10);
  const double adapter = 2 * 10 * 2 * (kIn + kOut);
  CHECK(adapted.flops == plain.flops + adapter);
  CHECK(TrainingWork(adapted).flops == 2 * plain.flops + 3 * adapter);
  linear->Merge();
  CHECK(linear->ForwardWork(10).flops == plain.flops);
}

}  // namespace
}  // namespace sweepformer::model
