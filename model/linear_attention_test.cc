#include "model/linear_attention.h"

#include <catch2/catch.hpp>

#include "model/testdata/golden_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::OneHead;
using testing::PadAfter;
using testing::Wave;

constexpr double kExact = 0.0;  // epsilon of the golden vectors

struct Features {
  torch::Tensor q, k, v;  // [2, 3, 6, 4] float64, q and k not negative
};

Features Draw(FeatureMap map) {
  torch::manual_seed(1);
  const auto draw = [] { return torch::randn({2, 3, 6, 4}, torch::kFloat64); };
  return {ApplyFeatureMap(map, draw()) + 0.01, ApplyFeatureMap(map, draw()) + 0.01, draw()};
}

/// Every weight written out: [T, T] per head, as everyone would have to without regrouping.
torch::Tensor Quadratic(const Features& x, const torch::Tensor& allowed, double epsilon) {
  const torch::Tensor weights = torch::matmul(x.q, x.k.transpose(2, 3)) * allowed;
  return torch::matmul(weights, x.v) / (weights.sum(-1, /*keepdim=*/true) + epsilon);
}

/// KernelAttention where each token sees itself and those before it, as sums over prefixes.
torch::Tensor Causal(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v,
                     double epsilon = kLinearEpsilon) {
  const torch::Tensor values = (k.unsqueeze(-1) * v.unsqueeze(-2)).cumsum(2);
  const torch::Tensor total = (q * k.cumsum(2)).sum(-1, /*keepdim=*/true);
  return torch::matmul(q.unsqueeze(-2), values).squeeze(-2) / (total + epsilon);
}

/// The causal form one token at a time: the state has M·D + M numbers per head however many tokens
/// have passed (eq. 16 to 20).
class Recurrent {
 public:
  explicit Recurrent(double epsilon) : epsilon_(epsilon) {}

  /// q and k [B, H, M], v [B, H, D] of the next token → [B, H, D].
  torch::Tensor Step(const torch::Tensor& q, const torch::Tensor& k, const torch::Tensor& v) {
    const torch::Tensor product = k.unsqueeze(-1) * v.unsqueeze(-2);
    values_ = values_.defined() ? values_ + product : product;
    normaliser_ = normaliser_.defined() ? normaliser_ + k : k;
    const torch::Tensor total = (q * normaliser_).sum(-1, /*keepdim=*/true);
    return torch::matmul(q.unsqueeze(-2), values_).squeeze(-2) / (total + epsilon_);
  }

  std::int64_t state_numbers() const { return values_.numel() + normaliser_.numel(); }

 private:
  double epsilon_;
  torch::Tensor values_;      // [B, H, M, D]: Σ k vᵀ
  torch::Tensor normaliser_;  // [B, H, M]: Σ k
};

TEST_CASE("linear attention equals the golden vectors", "[linear]") {
  const torch::Tensor q = ApplyFeatureMap(FeatureMap::kElu, OneHead(Wave(5, 3, 0)));
  const torch::Tensor k = ApplyFeatureMap(FeatureMap::kElu, OneHead(Wave(5, 3, 1)));
  const torch::Tensor v = OneHead(Wave(5, 3, 2));
  CHECK(MaxDifference(KernelAttention(q, k, v, {}, kExact),
                      testing::GoldenTensor(golden::kLinear)) < 1e-10);
  CHECK(MaxDifference(KernelAttention(q, k, v, PadAfter({3}, 5), kExact),
                      testing::GoldenTensor(golden::kLinearLastTwoPadded)) < 1e-10);
  CHECK(MaxDifference(Causal(q, k, v, kExact), testing::GoldenTensor(golden::kLinearCausal)) <
        1e-10);
}

TEST_CASE("the quadratic, the regrouped and the recurrent form are one function", "[linear]") {
  for (const FeatureMap map : {FeatureMap::kElu, FeatureMap::kRelu}) {
    for (const double epsilon : {kExact, kLinearEpsilon}) {
      const Features x = Draw(map);
      const torch::Tensor all = torch::ones({6, 6}, torch::kFloat64);
      const torch::Tensor causal = Causal(x.q, x.k, x.v, epsilon);
      CHECK(MaxDifference(KernelAttention(x.q, x.k, x.v, {}, epsilon), Quadratic(x, all, epsilon)) <
            1e-12);
      CHECK(MaxDifference(causal, Quadratic(x, all.tril(), epsilon)) < 1e-12);
      Recurrent recurrent(epsilon);
      for (std::int64_t t = 0; t < 6; ++t) {
        const auto at = [t](const torch::Tensor& tensor) { return tensor.select(2, t); };
        CHECK(MaxDifference(recurrent.Step(at(x.q), at(x.k), at(x.v)), at(causal)) < 1e-12);
        CHECK(recurrent.state_numbers() == 2 * 3 * (4 * 4 + 4));
      }
    }
  }
}

TEST_CASE("the last token of the causal form sees all", "[linear]") {
  const Features x = Draw(FeatureMap::kElu);
  CHECK(MaxDifference(Causal(x.q, x.k, x.v).select(2, 5),
                      KernelAttention(x.q, x.k, x.v).select(2, 5)) < 1e-12);
}

TEST_CASE("linear attention averages: constant values stay, but for epsilon", "[linear]") {
  const Features x = Draw(FeatureMap::kElu);
  const torch::Tensor constant = torch::full_like(x.v, 2.5);
  CHECK(MaxDifference(KernelAttention(x.q, x.k, constant, {}, kExact), constant) < 1e-12);
  const torch::Tensor total = torch::matmul(x.q, x.k.sum(2).unsqueeze(-1));
  const double bound = 2.5 * kLinearEpsilon / total.min().item<double>();
  CHECK(MaxDifference(KernelAttention(x.q, x.k, constant), constant) <= bound);
}

TEST_CASE("linear attention does not see the order of keys", "[linear]") {
  const Features x = Draw(FeatureMap::kElu);
  CHECK(MaxDifference(KernelAttention(x.q, x.k.flip(2), x.v.flip(2)),
                      KernelAttention(x.q, x.k, x.v)) < 1e-12);
}

TEST_CASE("elu + 1 is smooth at zero and never negative", "[linear]") {
  const torch::Tensor x =
      torch::tensor({-1e-8, 0.0, 1e-8, -50.0}, torch::kFloat64).requires_grad_();
  const torch::Tensor y = ApplyFeatureMap(FeatureMap::kElu, x);
  y.sum().backward();
  CHECK(MaxDifference(x.grad().narrow(0, 0, 3), torch::ones({3}, torch::kFloat64)) < 1e-7);
  CHECK(y.min().item<double>() >= 0);
}

TEST_CASE("linear attention lets nothing out of padded keys and values", "[linear]") {
  const Features x = Draw(FeatureMap::kElu);
  const torch::Tensor mask = PadAfter({6, 3}, 6), rows = mask.view({2, 1, 6, 1});
  const torch::Tensor clean = KernelAttention(x.q, x.k, x.v, mask);
  for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
    const torch::Tensor k = x.k.masked_fill(rows, poison), v = x.v.masked_fill(rows, poison);
    CHECK(torch::equal(KernelAttention(x.q, k, v, mask), clean));
  }
  const torch::Tensor none = KernelAttention(x.q, x.k, x.v, PadAfter({0, 6}, 6));
  CHECK(torch::equal(none[0], torch::zeros_like(none[0])));
}

TEST_CASE("linear attention has the gradients of central differences", "[linear]") {
  torch::manual_seed(2);
  LinearAttention attention(AttentionOptions{.d_model = 6, .heads = 2, .max_length = 4},
                            FeatureMap::kElu);
  const torch::Tensor x = torch::randn({2, 4, 6});
  CHECK(testing::ModuleGradientError(*attention, x, PadAfter({4, 2}, 4)) < 1e-6);
  CHECK(testing::ModuleGradientError(*attention, x, {}) < 1e-6);
}

}  // namespace
}  // namespace sweepformer::model
