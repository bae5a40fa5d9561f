#include "model/kernels/attention.h"

#include <torch/csrc/autograd/autograd.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "model/blocked_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::PadAfter;

struct Inputs {
  torch::Tensor q, k, v, by_offset;
};

/// As the designs have them: heads of one token lie side by side.
torch::Tensor DrawHeads(std::int64_t batch, std::int64_t heads, std::int64_t tokens,
                        std::int64_t width) {
  return torch::randn({batch, tokens, heads, width}).transpose(1, 2);
}

/// BlockedAttention and its gradients as float64, computed in `type`: float32 takes the kernels,
/// float64 torch's operators, and both the same dropout masks.
std::vector<torch::Tensor> Outcome(const Inputs& inputs, const torch::Tensor& pad_mask,
                                   double dropout, torch::ScalarType type) {
  std::vector<torch::Tensor> leaves;
  for (const auto& x : {inputs.q, inputs.k, inputs.v, inputs.by_offset}) {
    if (x.defined()) leaves.push_back(x.detach().to(type).requires_grad_());
  }
  torch::manual_seed(4);
  const torch::Tensor out =
      BlockedAttention(leaves[0], leaves[1], leaves[2], pad_mask, dropout,
                       inputs.by_offset.defined() ? leaves[3] : torch::Tensor());
  std::vector<torch::Tensor> all =
      torch::autograd::grad({(out * out.detach().cos()).sum()}, leaves);
  all.push_back(out.detach());
  for (auto& one : all) one = one.to(torch::kFloat64);
  return all;
}

void CheckFused(const Inputs& inputs, const torch::Tensor& pad_mask, double dropout) {
  const auto fast = Outcome(inputs, pad_mask, dropout, torch::kFloat);
  const auto plain = Outcome(inputs, pad_mask, dropout, torch::kFloat64);
  for (std::size_t i = 0; i < fast.size(); ++i) {
    const double size = std::max(1.0, plain[i].abs().max().item<double>());
    CAPTURE(i);
    CHECK(MaxDifference(fast[i], plain[i]) < 2e-5 * size);
  }
}

TEST_CASE("fused attention and its gradients equal torch's operators", "[kernels]") {
  torch::manual_seed(1);
  for (const std::int64_t tokens : {1, 5, 33, 300}) {
    const Inputs inputs{
        DrawHeads(2, 3, tokens, 8), DrawHeads(2, 3, tokens, 8), DrawHeads(2, 3, tokens, 8), {}};
    for (const double dropout : {0.0, 0.3}) {
      CAPTURE(tokens, dropout);
      CheckFused(inputs, {}, dropout);
      CheckFused(inputs, PadAfter({tokens, (tokens + 1) / 2}, tokens), dropout);
    }
  }
}

TEST_CASE("fused attention takes other keys than queries, and many blocks of rows", "[kernels]") {
  torch::manual_seed(2);
  CheckFused({DrawHeads(2, 2, 70, 5), DrawHeads(2, 2, 9, 5), DrawHeads(2, 2, 9, 5), {}}, {}, 0.2);
  CheckFused({DrawHeads(1, 1, 600, 4), DrawHeads(1, 1, 600, 4), DrawHeads(1, 1, 600, 4), {}}, {},
             0.2);
}

TEST_CASE("fused attention adds biases by offset", "[kernels]") {
  torch::manual_seed(3);
  const std::int64_t tokens = 150;
  const Inputs inputs{DrawHeads(2, 2, tokens, 4), DrawHeads(2, 2, tokens, 4),
                      DrawHeads(2, 2, tokens, 4), torch::randn({2, 2 * tokens - 1})};
  CheckFused(inputs, {}, 0.0);
  CheckFused(inputs, PadAfter({tokens, 3}, tokens), 0.1);
}

TEST_CASE("padding in front of real tokens is left to torch's operators", "[kernels]") {
  torch::manual_seed(3);
  const torch::Tensor mask =
      torch::tensor({{true, false, false, true}, {false, false, true, false}});
  CHECK_FALSE(RealLengths(mask));
  const Inputs inputs{DrawHeads(2, 2, 4, 4), DrawHeads(2, 2, 4, 4), DrawHeads(2, 2, 4, 4), {}};
  CheckFused(inputs, mask, 0.0);
}

TEST_CASE("a sample of padding alone gives zeros, and NaN in padding reaches nothing",
          "[kernels]") {
  torch::manual_seed(3);
  const torch::Tensor mask = PadAfter({0, 2}, 4);
  CHECK(RealLengths(mask) == std::vector<std::int64_t>{0, 2});
  CHECK(RealLengths({})->empty());
  torch::Tensor k = DrawHeads(2, 2, 4, 4);
  k.masked_fill_(mask.view({2, 1, 4, 1}), NAN);
  const torch::Tensor out = BlockedAttention(DrawHeads(2, 2, 4, 4), k, k, mask);
  CHECK(out.select(0, 0).abs().max().item<double>() == 0);
  CHECK(out.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace sweepformer::model
