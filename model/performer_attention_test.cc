#include "model/performer_attention.h"

#include <catch2/catch.hpp>

#include "model/full_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::PadAfter;

constexpr auto kWide = torch::kFloat64;
constexpr std::array kKinds = {FeatureKind::kPositive, FeatureKind::kHyperbolic,
                               FeatureKind::kTrigonometric};

torch::Tensor Directions(FeatureDraw draw, std::int64_t m, std::int64_t dimensions) {
  return DrawDirections(draw, m, dimensions).to(kWide);
}

struct Heads {
  torch::Tensor q, k, v;  // [2, 3, 6, 4] float64
};

Heads RandomHeads(double size = 1) {
  torch::manual_seed(1);
  const auto draw = [&] { return size * torch::randn({2, 3, 6, 4}, kWide); };
  return {draw(), draw(), draw()};
}

// The pair of references.md section 5.5 with its closed forms.
const std::vector<double> kX = {.3, -.2, .1, .4}, kY = {.2, .1, -.3, .2};
constexpr double kSoftmaxKernel = 1.0941742837052104;
constexpr std::array kClosedError = {1.119149613659282, 0.2703578211718063, 0.054280056333215275};

/// `draws` estimates of the kernel of x and y from m directions each.
torch::Tensor Estimates(FeatureKind kind, FeatureDraw draw, std::int64_t m, std::int64_t draws) {
  const torch::Tensor x = torch::tensor(kX, kWide), y = torch::tensor(kY, kWide);
  const torch::Tensor none = torch::zeros({1}, kWide);
  std::vector<torch::Tensor> estimates;
  for (std::int64_t i = 0; i < draws; ++i) {
    const torch::Tensor w = Directions(draw, m, 4);
    estimates.push_back(
        (FeaturesOf(kind, x, w).Value(none) * FeaturesOf(kind, y, w).Value(none)).sum());
  }
  return torch::stack(estimates);
}

/// Estimates from one direction each, all at once.
torch::Tensor SingleEstimates(FeatureKind kind, std::int64_t draws) {
  const torch::Tensor w = Directions(FeatureDraw::kIndependent, draws, 4);
  const torch::Tensor none = torch::zeros({1}, kWide);
  const torch::Tensor product = FeaturesOf(kind, torch::tensor(kX, kWide), w).Value(none) *
                                FeaturesOf(kind, torch::tensor(kY, kWide), w).Value(none) *
                                static_cast<double>(draws);
  return product.view({-1, draws}).sum(0);
}

TEST_CASE("random features estimate the kernel without bias, as well as the paper says",
          "[performer]") {
  torch::manual_seed(12345);
  constexpr std::int64_t kDraws = 400'000;
  for (std::size_t i = 0; i < kKinds.size(); ++i) {
    const torch::Tensor estimates = SingleEstimates(kKinds[i], kDraws);
    const torch::Tensor squares = (estimates - kSoftmaxKernel).pow(2);
    const double root = std::sqrt(static_cast<double>(kDraws));
    // Four standard errors: a right implementation fails once in 16,000 seeds, and this one is
    // fixed.
    const double mean_error = 4 * estimates.std().item<double>() / root;
    const double square_error = 4 * squares.std().item<double>() / root;
    CHECK(estimates.mean().item<double>() == Approx(kSoftmaxKernel).margin(mean_error));
    CHECK(squares.mean().item<double>() == Approx(kClosedError[i]).margin(square_error));
  }
}

TEST_CASE("orthogonal directions estimate better than independent ones", "[performer]") {
  torch::manual_seed(7);
  const auto error = [](FeatureDraw draw) {
    return (Estimates(FeatureKind::kPositive, draw, 4, 4000) - kSoftmaxKernel)
        .pow(2)
        .mean()
        .item<double>();
  };
  CHECK(error(FeatureDraw::kOrthogonal) < error(FeatureDraw::kIndependent));
}

TEST_CASE("orthogonal directions are orthogonal in blocks and as long as Gaussian vectors",
          "[performer]") {
  torch::manual_seed(3);
  const torch::Tensor w = Directions(FeatureDraw::kOrthogonal, 10, 4);
  for (const auto& block : {w.narrow(0, 0, 4), w.narrow(0, 4, 4), w.narrow(0, 8, 2)}) {
    const torch::Tensor products = torch::matmul(block, block.t());
    CHECK(MaxDifference(products, torch::diag(products.diagonal())) < 1e-5);
  }
  const torch::Tensor many = Directions(FeatureDraw::kOrthogonal, 4000, 4);
  // |w|² is chi-squared with 4 degrees of freedom: mean 4, variance 8.
  CHECK(many.pow(2).sum(1).mean().item<double>() == Approx(4).margin(4 * std::sqrt(8.0 / 4000)));
  CHECK(many.pow(2).sum(1).var().item<double>() == Approx(8).epsilon(0.15));
}

double ErrorAgainstSoftmax(FeatureKind kind, std::int64_t m) {
  const auto [q, k, v] = RandomHeads(0.5);
  const torch::Tensor exact = ScaledDotProductAttention(q, k, v);
  double total = 0;
  for (int seed = 0; seed < 20; ++seed) {
    torch::manual_seed(seed);
    const torch::Tensor w = Directions(FeatureDraw::kIndependent, m, 4);
    total += ((FavorAttention(kind, q, k, v, w) - exact).norm() / exact.norm()).item<double>();
  }
  return total / 20;
}

TEST_CASE("the error against softmax attention falls as one over the root of m", "[performer]") {
  for (const FeatureKind kind : kKinds) {
    const double slope =
        std::log(ErrorAgainstSoftmax(kind, 1024) / ErrorAgainstSoftmax(kind, 64)) / std::log(16.0);
    CHECK(slope == Approx(-0.5).margin(0.12));
  }
}

TEST_CASE("huge queries and keys give finite results that no shift has changed", "[performer]") {
  const auto [q, k, v] = RandomHeads();
  torch::manual_seed(2);
  const torch::Tensor w = Directions(FeatureDraw::kOrthogonal, 64, 4);
  for (const FeatureKind kind : kKinds) {
    CHECK(FavorAttention(kind, 30 * q, 30 * k, v, w).isfinite().all().item<bool>());
    // One sample alone: the other's largest exponent played no part.
    const auto first = [](const torch::Tensor& x) { return x.narrow(0, 0, 1); };
    const torch::Tensor big = torch::cat({first(k), 50 * k.narrow(0, 1, 1)});
    CHECK(MaxDifference(first(FavorAttention(kind, q, big, v, w)),
                        FavorAttention(kind, first(q), first(k), first(v), w)) < 1e-10);
  }
}

TEST_CASE("performer with padding equals the shorter sequence and lets nothing out",
          "[performer]") {
  const auto [q, k, v] = RandomHeads();
  torch::manual_seed(2);
  const torch::Tensor w = Directions(FeatureDraw::kOrthogonal, 16, 4);
  const auto cut = [](const torch::Tensor& x) { return x.narrow(2, 0, 4); };
  const torch::Tensor mask = PadAfter({4, 4}, 6), rows = mask.view({2, 1, 6, 1});
  for (const FeatureKind kind : kKinds) {
    const torch::Tensor clean = FavorAttention(kind, q, k, v, w, mask);
    CHECK(MaxDifference(cut(clean), FavorAttention(kind, cut(q), cut(k), cut(v), w)) < 1e-10);
    for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
      CHECK(torch::equal(FavorAttention(kind, q, k.masked_fill(rows, poison),
                                        v.masked_fill(rows, poison), w, mask),
                         clean));
    }
    const torch::Tensor none = FavorAttention(kind, q, k, v, w, PadAfter({0, 6}, 6));
    CHECK(torch::equal(none[0], torch::zeros_like(none[0])));
  }
}

TEST_CASE("performer averages constant values", "[performer]") {
  const auto [q, k, v] = RandomHeads(0.5);
  torch::manual_seed(2);
  const torch::Tensor w = Directions(FeatureDraw::kOrthogonal, 64, 4);
  const torch::Tensor constant = torch::full_like(v, 2.5);
  for (const FeatureKind kind : kKinds) {
    CHECK(MaxDifference(FavorAttention(kind, q, k, constant, w), constant) < 1e-10);
  }
}

PerformerOptions Small(std::int64_t redraw_interval) {
  return {AttentionOptions{.d_model = 6, .heads = 2, .max_length = 4}, 8, FeatureKind::kPositive,
          FeatureDraw::kOrthogonal, redraw_interval};
}

TEST_CASE("directions are drawn anew in training, after the interval, and never in evaluation",
          "[performer]") {
  PerformerAttention attention(Small(2));
  const torch::Tensor x = torch::randn({1, 4, 6});
  const auto directions = [&] { return attention->named_buffers()["directions"].clone(); };
  const torch::Tensor first = directions();
  attention(x, torch::Tensor());
  attention(x, torch::Tensor());
  CHECK(torch::equal(directions(), first));
  attention(x, torch::Tensor());
  const torch::Tensor second = directions();
  CHECK_FALSE(torch::equal(second, first));
  attention->eval();
  for (int i = 0; i < 5; ++i) attention(x, torch::Tensor());
  CHECK(torch::equal(directions(), second));
  PerformerAttention fixed(Small(0));
  const torch::Tensor kept = fixed->named_buffers()["directions"].clone();
  for (int i = 0; i < 5; ++i) fixed(x, torch::Tensor());
  CHECK(torch::equal(fixed->named_buffers()["directions"], kept));
}

TEST_CASE("performer has the gradients of central differences", "[performer]") {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({2, 4, 6});
  for (const FeatureKind kind : kKinds) {
    PerformerOptions options = Small(0);
    options.kind = kind;
    PerformerAttention attention(options);
    CHECK(testing::ModuleGradientError(*attention, x, PadAfter({4, 2}, 4)) < 1e-6);
    CHECK(testing::ModuleGradientError(*attention, x, {}) < 1e-6);
  }
}

}  // namespace
}  // namespace sweepformer::model
