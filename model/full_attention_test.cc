#include "model/full_attention.h"

#include <catch2/catch.hpp>

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
  torch::Tensor q, k, v;  // [2, 3, 6, 4] float64
};

Heads RandomHeads() {
  torch::manual_seed(1);
  const auto draw = [] { return torch::randn({2, 3, 6, 4}, torch::kFloat64); };
  return {draw(), draw(), draw()};
}

TEST_CASE("full attention equals the golden vectors in float64 and float32", "[attention]") {
  const torch::Tensor q = OneHead(Wave(5, 3, 0)), k = OneHead(Wave(5, 3, 1)),
                      v = OneHead(Wave(5, 3, 2));
  const torch::Tensor mask = PadAfter({3}, 5);
  CHECK(MaxDifference(ScaledDotProductAttention(q, k, v), GoldenTensor(golden::kFull)) < 1e-10);
  CHECK(MaxDifference(ScaledDotProductAttention(q, k, v, mask),
                      GoldenTensor(golden::kFullLastTwoPadded)) < 1e-10);
  const torch::Tensor narrow = ScaledDotProductAttention(
      q.to(torch::kFloat32), k.to(torch::kFloat32), v.to(torch::kFloat32), mask);
  CHECK(narrow.scalar_type() == torch::kFloat32);
  CHECK(MaxDifference(narrow, GoldenTensor(golden::kFullLastTwoPadded)) < 1e-5);
}

TEST_CASE("full attention averages values with weights that sum to one", "[attention]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor constant = torch::full_like(v, 2.5);
  CHECK(MaxDifference(ScaledDotProductAttention(q, k, constant, PadAfter({6, 2}, 6)), constant) <
        1e-10);
}

TEST_CASE("full attention ignores a shift of a row of scores", "[attention]") {
  const auto [q, k, v] = RandomHeads();
  // One more feature, constant over the keys, adds the same number to all scores of a query. The
  // scale 1/√D is that of 5 features in both.
  const auto with_feature = [](const torch::Tensor& x, double value) {
    return torch::cat({x, torch::full({2, 3, 6, 1}, value, torch::kFloat64)}, -1);
  };
  const torch::Tensor plain =
      ScaledDotProductAttention(with_feature(q, 0), with_feature(k, 1), with_feature(v, 0));
  const torch::Tensor shifted =
      ScaledDotProductAttention(with_feature(q, 7), with_feature(k, 1), with_feature(v, 0));
  CHECK(MaxDifference(plain, shifted) < 1e-10);
}

TEST_CASE("full attention with padding equals the shorter sequence", "[attention]") {
  const auto [q, k, v] = RandomHeads();
  const auto cut = [](const torch::Tensor& x) { return x.narrow(2, 0, 4); };
  const torch::Tensor padded = ScaledDotProductAttention(q, k, v, PadAfter({4, 4}, 6));
  CHECK(MaxDifference(cut(padded), ScaledDotProductAttention(cut(q), cut(k), cut(v))) < 1e-10);
}

TEST_CASE("full attention lets nothing out of padded keys and values", "[attention]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor mask = PadAfter({6, 3}, 6);
  const torch::Tensor clean = ScaledDotProductAttention(q, k, v, mask);
  for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
    const torch::Tensor rows = mask.view({2, 1, 6, 1});
    const torch::Tensor poisoned = ScaledDotProductAttention(q, k.masked_fill(rows, poison),
                                                             v.masked_fill(rows, poison), mask);
    CHECK(torch::equal(poisoned, clean));
  }
}

TEST_CASE("full attention over padding alone is zero", "[attention]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor out = ScaledDotProductAttention(q, k, v, PadAfter({0, 6}, 6));
  CHECK(torch::equal(out[0], torch::zeros_like(out[0])));
  CHECK(out.isfinite().all().item<bool>());
}

TEST_CASE("full attention drops weights in training only", "[attention]") {
  FullAttention attention(
      AttentionOptions{.d_model = 8, .heads = 2, .max_length = 6, .dropout = 0.5});
  const torch::Tensor x = torch::randn({2, 6, 8});
  CHECK_FALSE(torch::equal(attention(x, torch::Tensor()), attention(x, torch::Tensor())));
  attention->eval();
  CHECK(torch::equal(attention(x, torch::Tensor()), attention(x, torch::Tensor())));
}

TEST_CASE("full attention has the gradients of central differences", "[attention]") {
  torch::manual_seed(2);
  const torch::Tensor mask = PadAfter({5, 3}, 5);
  const auto draw = [] { return torch::randn({2, 2, 5, 3}, torch::kFloat64).requires_grad_(); };
  const torch::Tensor q = draw(), k = draw(), v = draw();
  CHECK(testing::GradientError([&] { return ScaledDotProductAttention(q, k, v, mask); },
                               {q, k, v}) < 1e-6);
  FullAttention attention(AttentionOptions{.d_model = 6, .heads = 2, .max_length = 5});
  CHECK(testing::ModuleGradientError(*attention, torch::randn({2, 5, 6}), mask) < 1e-6);
  CHECK(testing::ModuleGradientError(*attention, torch::randn({2, 5, 6}), {}) < 1e-6);
}

TEST_CASE("multi-head attention refuses what does not fit", "[attention]") {
  CHECK_THROWS_AS(FullAttention(AttentionOptions{.d_model = 10, .heads = 3}), c10::Error);
  FullAttention attention(AttentionOptions{.d_model = 8, .heads = 2, .max_length = 6});
  CHECK_THROWS_AS(attention(torch::randn({1, 7, 8}), torch::Tensor()), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
