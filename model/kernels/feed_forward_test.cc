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

/// Its weights, those of a norm before it, and x, at random.
struct Sublayer {
  Sublayer(at::IntArrayRef sizes, std::int64_t inner, double share, bool with_norm = true)
      : dropout(share), normalises(with_norm) {
    torch::manual_seed(5);
    const std::int64_t width = sizes.back();
    const auto weight = [](std::int64_t out, std::int64_t in) {
      return torch::randn({out, in}) / std::sqrt(static_cast<double>(in));
    };
    x = torch::randn(sizes);
    weights = {weight(inner, width), torch::randn({inner}), weight(width, inner),
               torch::randn({width})};
    if (normalises) weights.insert(weights.end(), {torch::randn({width}), torch::randn({width})});
  }

  /// `a`: x, then the weights.
  torch::Tensor Fused(const std::vector<torch::Tensor>& a,
                      torch::ScalarType type = torch::kFloat) const {
    torch::nn::LayerNorm norm(nullptr);
    if (normalises) {
      norm = torch::nn::LayerNorm(torch::nn::LayerNormOptions({a[0].size(-1)}));
      norm->weight = a[5];
      norm->bias = a[6];
    }
    return FeedForward(a[0], norm, {a[1], a[2], a[3], a[4]}, dropout, type);
  }

  /// By LibTorch's operators, with the same masks.
  torch::Tensor Plain(const std::vector<torch::Tensor>& a) const {
    const torch::Tensor in =
        normalises ? torch::layer_norm(a[0], {a[0].size(-1)}, a[5], a[6]) : a[0];
    const torch::Tensor hidden = GeluDropout(torch::linear(in, a[1]), a[2], dropout);
    return AddDropped(a[0], torch::linear(hidden, a[3]), a[4], dropout);
  }

  std::vector<torch::Tensor> Leaves(torch::ScalarType type = torch::kFloat) const {
    std::vector<torch::Tensor> leaves = {Leaf(x, type)};
    for (const auto& one : weights) leaves.push_back(Leaf(one, type));
    return leaves;
  }

  torch::Tensor x;
  std::vector<torch::Tensor> weights;
  double dropout;
  bool normalises;
};

/// The gradients of `leaves`, and the result, in float64.
template <typename Function>
std::vector<torch::Tensor> Outcome(const Function& function,
                                   const std::vector<torch::Tensor>& leaves) {
  torch::manual_seed(11);
  const torch::Tensor y = function(leaves);
  auto all = torch::autograd::grad({(y * y.detach().cos()).sum()}, leaves);
  all.push_back(y.detach());
  for (auto& one : all) one = one.to(torch::kFloat64);
  return all;
}

std::vector<torch::Tensor> FusedOutcome(const Sublayer& sublayer,
                                        torch::ScalarType type = torch::kFloat) {
  return Outcome([&](const auto& a) { return sublayer.Fused(a, type); }, sublayer.Leaves());
}

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

/// Blocks are larger on more threads.
class Threads {
 public:
  explicit Threads(int threads) : before_(at::get_num_threads()) { SetThreads(threads); }
  ~Threads() { SetThreads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

/// 256 rows a block on one thread, and so several blocks, the last one smaller.
Sublayer OfSeveralBlocks(double dropout, bool normalises) {
  return {{4, 275, 16}, 2048, dropout, normalises};
}

TEST_CASE("a feed-forward sublayer in blocks equals torch's operators", "[kernels]") {
  const Threads one(1);
  const auto check = [](const Sublayer& sublayer) {
    CAPTURE(sublayer.normalises, sublayer.dropout, sublayer.x.sizes());
    const auto plain = [&](const auto& a) { return sublayer.Plain(a); };
    CheckNear(FusedOutcome(sublayer), Outcome(plain, sublayer.Leaves(torch::kFloat64)), 1e-5);
  };
  for (const double dropout : {0.0, 0.4}) {
    for (const bool normalises : {true, false}) {
      check({{5, 7}, 9, dropout, normalises});
      check({{1, 64}, 100, dropout, normalises});
      check({{3, 100, 33}, 33, dropout, normalises});
      check({{2, 600, 40}, 8, dropout, normalises});  // enough rows for copies of the weights
      check(OfSeveralBlocks(dropout, normalises));
    }
  }
}

TEST_CASE("a feed-forward sublayer computes the same on several threads", "[kernels]") {
  const Sublayer sublayer({3000, 48}, 512, 0.2);
  const auto on = [&](int threads, torch::ScalarType type) {
    const Threads several(threads);
    return FusedOutcome(sublayer, type);
  };
  CheckNear(on(2, torch::kFloat), on(1, torch::kFloat), 1e-5);
  if (!CpuMultipliesBfloat16()) return;
  // What lies between two numbers of bfloat16 may be rounded to either.
  CheckNear(on(2, torch::kBFloat16), on(1, torch::kBFloat16), 1e-3);
}

TEST_CASE("a feed-forward sublayer of bfloat16 rounds operands and inner numbers", "[kernels]") {
  const Threads one(1);
  const bool before = EmulateBfloat16(true);
  for (const bool normalises : {true, false}) {
    const Sublayer sublayer = OfSeveralBlocks(0.3, normalises);
    const auto narrow = FusedOutcome(sublayer, torch::kBFloat16), wide = FusedOutcome(sublayer);
    CheckNear(narrow, wide, 0.04);  // a few roundings to 1/256 each
    CHECK(MaxDifference(narrow.back(), wide.back()) > 1e-4);
  }
  EmulateBfloat16(before);
}

TEST_CASE("a feed-forward sublayer without gradients computes what training does", "[kernels]") {
  const Threads one(1);
  const bool before = EmulateBfloat16(true);
  for (const auto type : {torch::kFloat, torch::kBFloat16}) {
    for (const bool normalises : {true, false}) {
      for (const double dropout : {0.0, 0.3}) {
        const Sublayer sublayer = OfSeveralBlocks(dropout, normalises);
        const auto trained = FusedOutcome(sublayer, type);
        const torch::NoGradGuard no_grad;
        torch::manual_seed(11);
        const torch::Tensor y = sublayer.Fused(sublayer.Leaves(), type).to(torch::kFloat64);
        if (type == torch::kFloat || dropout > 0) {
          CHECK(torch::equal(y, trained.back()));
        } else {  // the inner numbers have been rounded once more for the derivative
          CHECK(MaxDifference(y, trained.back()) < 1e-5);
        }
      }
    }
  }
  EmulateBfloat16(before);
}

TEST_CASE("what learns alone in a feed-forward sublayer has the same gradient", "[kernels]") {
  for (const bool normalises : {true, false}) {
    const Sublayer sublayer({40, 16}, 24, 0.1, normalises);
    const auto expected = FusedOutcome(sublayer);
    for (std::size_t learns = 0; learns + 1 < expected.size(); ++learns) {
      CAPTURE(normalises, learns);
      std::vector<torch::Tensor> leaves;
      for (const auto& leaf : sublayer.Leaves()) leaves.push_back(leaf.detach());
      leaves[learns].requires_grad_();
      torch::manual_seed(11);
      const torch::Tensor y = sublayer.Fused(leaves);
      (y * y.detach().cos()).sum().backward();
      CHECK(MaxDifference(leaves[learns].grad().to(torch::kFloat64), expected[learns]) < 1e-6);
    }
  }
}

TEST_CASE("a feed-forward sublayer takes tensors as they lie", "[kernels]") {
  const Sublayer sublayer({6, 20, 16}, 24, 0.1);
  auto leaves = sublayer.Leaves();
  const auto of_ones = [&](const torch::Tensor& x) {
    torch::manual_seed(11);
    auto arguments = leaves;
    arguments[0] = x;
    const torch::Tensor y = sublayer.Fused(arguments);
    return torch::autograd::grad({y.sum()}, {leaves[0]})[0];  // an expanded gradient
  };
  const torch::Tensor turned = leaves[0].transpose(0, 1).contiguous().transpose(0, 1);
  CHECK(torch::equal(of_ones(turned), of_ones(leaves[0])));
  sublayer.Fused(leaves).add_(1).sum().backward();  // the result may be changed in place
  CHECK(leaves[0].grad().defined());
}

TEST_CASE("a feed-forward sublayer is differentiable again and again, but not twice", "[kernels]") {
  const Sublayer sublayer({40, 16}, 24, 0.1);
  const auto leaves = sublayer.Leaves();
  const torch::Tensor sum = sublayer.Fused(leaves).pow(2).sum();
  const auto gradient = [&](bool create_graph) {
    return torch::autograd::grad({sum}, {leaves[1]}, {}, /*retain_graph=*/true, create_graph)[0];
  };
  CHECK(torch::equal(gradient(false), gradient(false)));
  CHECK_THROWS_WITH(gradient(true), Catch::Contains("differentiable once"));
}

TEST_CASE("a feed-forward sublayer refuses what it would read beyond", "[kernels]") {
  const Sublayer sublayer({40, 16}, 24, 0.1);
  auto leaves = sublayer.Leaves();
  leaves[3] = torch::randn({16, 23});
  CHECK_THROWS_AS(sublayer.Fused(leaves), c10::Error);
  leaves = sublayer.Leaves(torch::kFloat64);
  CHECK_THROWS_AS(sublayer.Fused(leaves), c10::Error);
}

TEST_CASE("a feed-forward sublayer takes no rows", "[kernels]") {
  const auto outcome = FusedOutcome(Sublayer({0, 16}, 24, 0.1));
  CHECK(outcome.back().sizes() == at::IntArrayRef({0, 16}));
  CHECK(outcome[1].abs().max().item<double>() == 0);
}

}  // namespace
}  // namespace sweepformer::model
