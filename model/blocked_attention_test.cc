#include "model/blocked_attention.h"

#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>

#include "model/full_attention.h"
#include "model/kernels/dropout.h"
#include "model/tensor_memory.h"
#include "model/testdata/golden_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::GoldenTensor;
using testing::MaxDifference;
using testing::OneHead;
using testing::PadAfter;
using testing::Wave;

struct Heads {
  torch::Tensor q, k, v;  // leaves, [B, H, T, D] float64
};

Heads Draw(at::IntArrayRef q_shape, at::IntArrayRef k_shape) {
  torch::manual_seed(1);
  const auto leaf = [](at::IntArrayRef shape) {
    return torch::randn(shape, torch::kFloat64).requires_grad_();
  };
  return {leaf(q_shape), leaf(k_shape), leaf(k_shape)};
}

/// What a form of attention gives and the gradients of a fixed weighting of it.
std::vector<torch::Tensor> Outcome(decltype(BlockedAttention) attend, const Heads& x,
                                   const torch::Tensor& mask) {
  const torch::Tensor out = attend(x.q, x.k, x.v, mask, 0.0, {});
  const auto gradients = torch::autograd::grad({(out * out.detach().cos()).sum()}, {x.q, x.k, x.v});
  return {out, gradients[0], gradients[1], gradients[2]};
}

TEST_CASE("blocked attention equals the golden vectors", "[blocked]") {
  const torch::Tensor q = OneHead(Wave(5, 3, 0)), k = OneHead(Wave(5, 3, 1)),
                      v = OneHead(Wave(5, 3, 2));
  CHECK(MaxDifference(BlockedAttention(q, k, v), GoldenTensor(golden::kFull)) < 1e-10);
  CHECK(MaxDifference(BlockedAttention(q, k, v, PadAfter({3}, 5)),
                      GoldenTensor(golden::kFullLastTwoPadded)) < 1e-10);
}

TEST_CASE("blocked attention and its gradients are those of the whole score matrix", "[blocked]") {
  // From one block for all heads, over blocks of heads, to blocks of rows, the last one smaller.
  for (const std::int64_t tokens : {1, 5, 200, 700}) {
    const Heads x = Draw({2, 5, tokens, 3}, {2, 5, tokens, 3});
    for (const auto& mask : {torch::Tensor(), PadAfter({tokens, (tokens + 1) / 2}, tokens)}) {
      const auto blocked = Outcome(BlockedAttention, x, mask);
      const auto whole = Outcome(ScaledDotProductAttention, x, mask);
      CAPTURE(tokens, mask.defined());
      for (std::size_t i = 0; i < blocked.size(); ++i) {
        CHECK(MaxDifference(blocked[i], whole[i]) < 1e-10);
      }
    }
  }
}

TEST_CASE("blocked attention with a bias by offset equals that of the whole score matrix",
          "[blocked][positions]") {
  for (const std::int64_t tokens : {1, 5, 200, 700}) {
    const Heads x = Draw({2, 5, tokens, 3}, {2, 5, tokens, 3});
    const torch::Tensor bias = torch::randn({5, 2 * tokens - 1}, torch::kFloat64).requires_grad_();
    const torch::Tensor mask = PadAfter({tokens, (tokens + 1) / 2}, tokens);
    const auto outcome = [&](decltype(BlockedAttention) attend) {
      const torch::Tensor out = attend(x.q, x.k, x.v, mask, 0.0, bias);
      auto gradients = torch::autograd::grad({(out * out.detach().cos()).sum()}, {x.q, x.k, bias});
      gradients.push_back(out);
      return gradients;
    };
    const auto blocked = outcome(BlockedAttention), whole = outcome(ScaledDotProductAttention);
    CAPTURE(tokens);
    for (std::size_t i = 0; i < blocked.size(); ++i) {
      CHECK(MaxDifference(blocked[i], whole[i]) < 1e-10);
    }
  }
}

TEST_CASE("blocked attention takes more or fewer keys than queries", "[blocked]") {
  const Heads x = Draw({2, 3, 4, 5}, {2, 3, 9, 5});
  CHECK(MaxDifference(BlockedAttention(x.q, x.k, x.v), ScaledDotProductAttention(x.q, x.k, x.v)) <
        1e-10);
}

TEST_CASE("blocked attention lets nothing out of padding and is zero over padding alone",
          "[blocked]") {
  const Heads x = Draw({2, 3, 6, 4}, {2, 3, 6, 4});
  const torch::Tensor mask = PadAfter({6, 3}, 6), rows = mask.view({2, 1, 6, 1});
  const torch::Tensor clean = BlockedAttention(x.q, x.k, x.v, mask);
  for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(torch::equal(
        BlockedAttention(x.q, x.k.masked_fill(rows, poison), x.v.masked_fill(rows, poison), mask),
        clean));
  }
  const torch::Tensor none = BlockedAttention(x.q, x.k, x.v, PadAfter({0, 6}, 6))[0];
  CHECK(torch::equal(none, torch::zeros_like(none)));
}

TEST_CASE("dropout drops the same weights backward as forward", "[blocked]") {
  const Heads x = Draw({1, 2, 5, 3}, {1, 2, 5, 3});
  const auto attend = [&] {
    torch::manual_seed(5);  // the same weights in each of the differences
    return BlockedAttention(x.q, x.k, x.v, {}, 0.5);
  };
  CHECK(testing::GradientError(attend, {x.q, x.k, x.v}) < 1e-6);
  CHECK_FALSE(torch::equal(attend(), BlockedAttention(x.q, x.k, x.v, {}, 0.5)));
}

TEST_CASE("dropout keeps the expected result", "[blocked]") {
  torch::manual_seed(6);
  const torch::Tensor q = torch::zeros({1, 1, 2000, 2}), v = torch::ones({1, 1, 2000, 2});
  const torch::Tensor out = BlockedAttention(q, q, v, {}, 0.3);
  CHECK(out.mean().item<double>() == Approx(1).margin(0.005));
  // A row is the mean of 2000 weights, each kept with 0.7 and then 1/0.7.
  CHECK(out.std().item<double>() == Approx(std::sqrt(0.3 / 0.7 / 2000)).epsilon(0.1));
}

std::int64_t PeakOf(std::int64_t tokens, bool with_bias) {
  const Heads x = Draw({1, 1, tokens, 4}, {1, 1, tokens, 4});
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  const std::int64_t before = TensorMemory::live_bytes();
  const torch::Tensor bias =
      with_bias ? torch::zeros({1, 2 * tokens - 1}, torch::kFloat64).requires_grad_()
                : torch::Tensor();
  BlockedAttention(x.q, x.k, x.v, {}, 0.0, bias).sum().backward();
  return TensorMemory::peak_bytes() - before;
}

TEST_CASE("memory grows with the length, not with its square", "[blocked]") {
  for (const bool with_bias : {false, true}) {
    const std::int64_t one = PeakOf(2048, with_bias), two = PeakOf(4096, with_bias);
    CHECK(two < 8 * 4096 * 4096 / 4);  // a quarter of one score matrix
    CHECK(two < one + 10 * 2048 * 4 * 8);
  }
}

TEST_CASE("a dropout mask is drawn again from its seed", "[blocked]") {
  const torch::Tensor like = torch::empty({3, 7}, torch::kFloat64);
  const torch::Tensor mask = DropoutMask(0.5, 7, like);
  CHECK(mask.scalar_type() == torch::kFloat64);
  CHECK(torch::equal(mask, DropoutMask(0.5, 7, like)));
  CHECK_FALSE(torch::equal(mask, DropoutMask(0.5, 8, like)));
  CHECK(torch::logical_or(mask == 0, mask == 2).all().item<bool>());
  const torch::Tensor many = DropoutMask(0.1, 1, torch::empty({100'001}));
  // Four standard errors of a share.
  CHECK((many == 0).to(torch::kFloat64).mean().item<double>() ==
        Approx(0.1).margin(4 * std::sqrt(0.1 * 0.9 / 100'001)));
}

}  // namespace
}  // namespace sweepformer::model
