#include "model/kernels/feed_forward.h"

#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "model/kernels/elementwise.h"
#include "model/kernels/gemm.h"
#include "model/platform.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;

torch::Tensor Leaf(const torch::Tensor& x, torch::ScalarType type) {
  return x.detach().to(type, /*non_blocking=*/false, /*copy=*/true).requires_grad_();
}

/// Its weights at random, a norm before it, and x; all but the first two learn.
struct Sublayer {
  Sublayer(std::int64_t rows, std::int64_t width, std::int64_t inner, double share)
      : dropout(share) {
    torch::manual_seed(5);
    const auto weight = [](std::int64_t out, std::int64_t in) {
      return torch::randn({out, in}) / std::sqrt(static_cast<double>(in));
    };
    arguments = {torch::randn({rows, width}), torch::randn({width}), torch::randn({width}),
                 weight(inner, width),        torch::randn({inner}), weight(width, inner),
                 torch::randn({width})};
  }

  torch::nn::LayerNorm NormOf(const std::vector<torch::Tensor>& a) const {
    if (!normalises) return nullptr;
    torch::nn::LayerNorm norm(torch::nn::LayerNormOptions({a[0].size(-1)}));
    norm->weight = a[1];
    norm->bias = a[2];
    return norm;
  }

  torch::Tensor Fused(const std::vector<torch::Tensor>& a, torch::ScalarType type) const {
    return FeedForward(a[0], NormOf(a), {a[3], a[4], a[5], a[6]}, dropout, type);
  }

  /// By LibTorch's operators, with the same masks.
  torch::Tensor Plain(const std::vector<torch::Tensor>& a) const {
    const torch::Tensor in =
        normalises ? torch::layer_norm(a[0], {a[0].size(-1)}, a[1], a[2]) : a[0];
    const torch::Tensor hidden = GeluDropout(torch::linear(in, a[3]), a[4], dropout);
    return AddDropped(a[0], torch::linear(hidden, a[5]), a[6], dropout);
  }

  /// The gradients of those that take part, and the result.
  template <typename Function>
  std::vector<torch::Tensor> Outcome(const Function& function, torch::ScalarType type) const {
    std::vector<torch::Tensor> leaves, learn;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      leaves.push_back(Leaf(arguments[i], type));
      if (normalises || i < 1 || i > 2) learn.push_back(leaves.back());
    }
    torch::manual_seed(11);
    const torch::Tensor y = function(leaves);
    auto all = torch::autograd::grad({(y * y.detach().cos()).sum()}, learn);
    all.push_back(y.detach());
    for (auto& one : all) one = one.to(torch::kFloat64);
    return all;
  }

  std::vector<torch::Tensor> arguments;
  double dropout;
  bool normalises = true;
};

/// Gradients of weights are sums over all rows: their errors grow with their size.
void CheckNear(const std::vector<torch::Tensor>& fast, const std::vector<torch::Tensor>& exact,
               double tolerance) {
  REQUIRE(fast.size() == exact.size());
  for (std::size_t i = 0; i < fast.size(); ++i) {
    CAPTURE(i);
    const double size = std::max(1.0, exact[i].abs().max().item<double>());
    CHECK(MaxDifference(fast[i], exact[i]) < tolerance * size);
  }
}

TEST_CASE("a feed-forward sublayer in blocks equals torch's operators", "[kernels]") {
  const auto check = [](Sublayer sublayer) {
    for (const bool normalises : {true, false}) {
      sublayer.normalises = normalises;
      CAPTURE(normalises, sublayer.dropout, sublayer.arguments[0].sizes());
      const auto fused = [&](const auto& a) { return sublayer.Fused(a, torch::kFloat); };
      const auto plain = [&](const auto& a) { return sublayer.Plain(a); };
      CheckNear(sublayer.Outcome(fused, torch::kFloat), sublayer.Outcome(plain, torch::kFloat64),
                1e-5);
    }
  };
  for (const double dropout : {0.0, 0.4}) {
    check({5, 7, 9, dropout});
    check({1, 64, 100, dropout});
    check({300, 33, 33, dropout});
    check({1100, 16, 2048, dropout});  // several blocks of rows, the last one smaller
  }
}

TEST_CASE("a feed-forward sublayer computes the same on several threads", "[kernels]") {
  const Sublayer sublayer(3000, 48, 512, 0.2);
  const auto fused = [&](const auto& a) { return sublayer.Fused(a, torch::kFloat); };
  SetThreads(1);
  const auto one = sublayer.Outcome(fused, torch::kFloat);
  SetThreads(2);
  CheckNear(sublayer.Outcome(fused, torch::kFloat), one, 1e-5);
  SetThreads(1);
}

TEST_CASE("a feed-forward sublayer of bfloat16 rounds operands and inner numbers", "[kernels]") {
  const bool before = EmulateBfloat16(true);
  for (const bool normalises : {true, false}) {
    Sublayer sublayer(600, 24, 1500, 0.3);
    sublayer.normalises = normalises;
    const auto outcome = [&](torch::ScalarType type) {
      return sublayer.Outcome([&](const auto& a) { return sublayer.Fused(a, type); },
                              torch::kFloat);
    };
    const auto narrow = outcome(torch::kBFloat16), wide = outcome(torch::kFloat);
    CheckNear(narrow, wide, 0.04);  // a few roundings to 1/256 each
    CHECK(MaxDifference(narrow.back(), wide.back()) > 1e-4);
  }
  EmulateBfloat16(before);
}

TEST_CASE("a feed-forward sublayer without gradients computes what training does", "[kernels]") {
  for (const double dropout : {0.0, 0.3}) {
    const Sublayer sublayer(40, 33, 50, dropout);
    const auto fused = [&](const auto& a) { return sublayer.Fused(a, torch::kFloat); };
    const auto trained = sublayer.Outcome(fused, torch::kFloat);
    const torch::NoGradGuard no_grad;
    torch::manual_seed(11);
    CHECK(torch::equal(fused(sublayer.arguments).to(torch::kFloat64), trained.back()));
  }
}

TEST_CASE("what is frozen in a feed-forward sublayer gets no gradient", "[kernels]") {
  const Sublayer sublayer(40, 16, 24, 0.1);
  const auto all = [&](const auto& a) { return sublayer.Fused(a, torch::kFloat); };
  const auto expected = sublayer.Outcome(all, torch::kFloat);
  for (std::size_t learns = 0; learns < sublayer.arguments.size(); ++learns) {
    CAPTURE(learns);
    std::vector<torch::Tensor> leaves;
    for (const auto& argument : sublayer.arguments) leaves.push_back(argument.clone());
    leaves[learns].requires_grad_();
    torch::manual_seed(11);
    const torch::Tensor y = all(leaves);
    (y * y.detach().cos()).sum().backward();
    for (std::size_t i = 0; i < leaves.size(); ++i)
      CHECK(leaves[i].grad().defined() == (i == learns));
    CHECK(MaxDifference(leaves[learns].grad().to(torch::kFloat64), expected[learns]) < 1e-6);
  }
}

TEST_CASE("a feed-forward sublayer takes no rows", "[kernels]") {
  const Sublayer sublayer(0, 16, 24, 0.1);
  const auto fused = [&](const auto& a) { return sublayer.Fused(a, torch::kFloat); };
  const auto outcome = sublayer.Outcome(fused, torch::kFloat);
  CHECK(outcome.back().sizes() == at::IntArrayRef({0, 16}));
  CHECK(outcome[3].abs().max().item<double>() == 0);
}

}  // namespace
}  // namespace sweepformer::model
