#include "model/token_projection.h"

#include <catch2/catch.hpp>

#include "model/full_attention.h"
#include "model/linformer_attention.h"
#include "model/testdata/golden_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::GoldenTensor;
using testing::MaxDifference;
using testing::OneHead;
using testing::PadAfter;
using testing::Wave;

constexpr auto kWide = torch::kFloat64;

torch::Tensor Draw(std::int64_t tokens) {
  torch::manual_seed(1);
  return torch::randn({2, 3, tokens, 4}, kWide);
}

/// [k, n] that averages windows of n / k.
torch::Tensor MeanMatrix(std::int64_t n, std::int64_t k) {
  return torch::eye(k, kWide).repeat_interleave(n / k, 1) / static_cast<double>(n / k);
}

TEST_CASE("pooled windows equal the golden vectors", "[projection]") {
  const torch::Tensor q = OneHead(Wave(4, 3, 0)), k = OneHead(Wave(4, 3, 1)),
                      v = OneHead(Wave(4, 3, 2));
  const auto attend = [&](Projection kind) {
    return ScaledDotProductAttention(q, PoolTokens(kind, 2, k).x, PoolTokens(kind, 2, v).x);
  };
  CHECK(MaxDifference(attend(Projection::kMeanPool), GoldenTensor(golden::kLinformerMeanPool)) <
        1e-10);
  CHECK(MaxDifference(attend(Projection::kMaxPool), GoldenTensor(golden::kLinformerMaxPool)) <
        1e-10);
}

TEST_CASE("mean pooling is a matrix of equal entries and an even convolution", "[projection]") {
  const torch::Tensor x = Draw(12);
  const torch::Tensor mean = PoolTokens(Projection::kMeanPool, 3, x).x;
  CHECK(MaxDifference(mean, ProjectTokens(MeanMatrix(12, 4), x)) < 1e-12);
  const torch::Tensor even = torch::full({3, 4}, 1.0 / 3, kWide);
  CHECK(MaxDifference(mean, PoolTokens(Projection::kConvolution, 3, x, {}, even).x) < 1e-12);
}

TEST_CASE("a convolution has a weight for each place, channel and, if asked, head",
          "[projection]") {
  const torch::Tensor x = Draw(6), kernel = torch::randn({3, 4}, kWide);
  const torch::Tensor slots = PoolTokens(Projection::kConvolution, 3, x, {}, kernel).x;
  const torch::Tensor second = (x.narrow(2, 3, 3) * kernel).sum(2);
  CHECK(MaxDifference(slots.select(2, 1), second) < 1e-12);
  const torch::Tensor heads = torch::randn({3, 3, 4}, kWide);
  const torch::Tensor own = PoolTokens(Projection::kConvolution, 3, x, {}, heads).x;
  CHECK(MaxDifference(own.select(1, 2),
                      PoolTokens(Projection::kConvolution, 3, x, {}, heads[2]).x.select(1, 2)) <
        1e-12);
}

TEST_CASE("pooling counts real tokens alone, in windows however far padded", "[projection]") {
  const torch::Tensor x = Draw(6), mask = PadAfter({6, 4}, 6);
  const Slots mean = PoolTokens(Projection::kMeanPool, 3, x, mask);
  CHECK(MaxDifference(mean.x[1].select(1, 1), x[1].select(1, 3)) < 1e-12);
  const Slots largest = PoolTokens(Projection::kMaxPool, 3, x - 10, mask);  // below zero all
  CHECK(MaxDifference(largest.x[1].select(1, 1), x[1].select(1, 3) - 10) < 1e-12);
  CHECK_FALSE(mean.none.any().item<bool>());
  for (const Projection kind : {Projection::kMeanPool, Projection::kMaxPool}) {
    const Slots padded = PoolTokens(kind, 3, x, PadAfter({6, 2}, 6));
    CHECK(torch::equal(padded.none, PadAfter({2, 1}, 2)));
    CHECK(torch::equal(padded.x[1].select(1, 1), torch::zeros({3, 4}, kWide)));
    const Slots shorter = PoolTokens(kind, 3, x.narrow(0, 1, 1).narrow(2, 0, 2));
    CHECK(MaxDifference(shorter.x[0], padded.x[1].narrow(1, 0, 1)) < 1e-12);
  }
}

TEST_CASE("pooling lets nothing out of padding", "[projection]") {
  const torch::Tensor x = Draw(6), mask = PadAfter({6, 4}, 6), even = torch::ones({3, 4}, kWide);
  for (const Projection kind :
       {Projection::kMeanPool, Projection::kMaxPool, Projection::kConvolution}) {
    const torch::Tensor clean = PoolTokens(kind, 3, x, mask, even).x;
    const torch::Tensor poisoned = x.masked_fill(mask.view({2, 1, 6, 1}), NAN);
    CHECK(torch::equal(PoolTokens(kind, 3, poisoned, mask, even).x, clean));
  }
}

TEST_CASE("a random projection keeps products, the better the larger k", "[projection]") {
  torch::manual_seed(3);
  const torch::Tensor x = torch::randn({200}, kWide), y = torch::randn({200}, kWide);
  const auto mean_square_error = [&](std::int64_t k) {
    double total = 0;
    for (int i = 0; i < 400; ++i) {
      torch::Tensor r = torch::empty({k, 200}, kWide);
      ResetProjection(Projection::kRandom, r);
      const torch::Tensor product = torch::dot(torch::mv(r, x), torch::mv(r, y));
      total += (product - torch::dot(x, y)).pow(2).item<double>();
    }
    return total / 400;
  };
  // Var = (|x|² |y|² + (x·y)²) / k. 400 draws know a variance to about 7 %.
  const double unit =
      (torch::dot(x, x) * torch::dot(y, y) + torch::dot(x, y).pow(2)).item<double>();
  CHECK(mean_square_error(16) == Approx(unit / 16).epsilon(0.3));
  CHECK(mean_square_error(128) == Approx(unit / 128).epsilon(0.3));
}

LinformerOptions Small(Projection kind, Sharing sharing, ProjectionPlace place) {
  LinformerOptions options;
  options.attention = AttentionOptions{.d_model = 6, .heads = 2, .max_length = 4};
  options.projected_length = 2;
  options.projection = kind;
  options.sharing = sharing;
  options.place = place;
  return options;
}

constexpr std::array kKinds = {Projection::kLearned, Projection::kMeanPool, Projection::kMaxPool,
                               Projection::kConvolution, Projection::kRandom};

TEST_CASE("every projection, place and sharing has the gradients of central differences",
          "[projection]") {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({2, 4, 6}), mask = PadAfter({4, 1}, 4);
  for (const Projection kind : kKinds) {
    for (const Sharing sharing : {Sharing::kHeadwise, Sharing::kKeyValue, Sharing::kNone}) {
      for (const ProjectionPlace place : {ProjectionPlace::kAfter, ProjectionPlace::kBefore}) {
        if (sharing == Sharing::kNone && place == ProjectionPlace::kBefore) continue;
        LinformerAttention attention(Small(kind, sharing, place));
        CHECK(testing::ModuleGradientError(*attention, x, mask) < 1e-6);
      }
    }
  }
}

std::int64_t Numbers(Projection kind, Sharing sharing, ProjectionPlace place) {
  const std::int64_t linear_layers = 4 * (6 * 6 + 6);
  return CountParameters({LinformerAttention(Small(kind, sharing, place)).ptr()}) - linear_layers;
}

TEST_CASE("pooled windows and random matrices learn nothing, convolutions a window per channel",
          "[projection]") {
  const auto after = ProjectionPlace::kAfter, before = ProjectionPlace::kBefore;
  for (const Projection kind : {Projection::kMeanPool, Projection::kMaxPool, Projection::kRandom}) {
    CHECK(Numbers(kind, Sharing::kHeadwise, after) == 0);
  }
  const std::int64_t window = 2, head_width = 3, width = 6;
  CHECK(Numbers(Projection::kConvolution, Sharing::kHeadwise, after) == 2 * window * head_width);
  CHECK(Numbers(Projection::kConvolution, Sharing::kKeyValue, after) == window * head_width);
  CHECK(Numbers(Projection::kConvolution, Sharing::kNone, after) == 2 * 2 * window * head_width);
  CHECK(Numbers(Projection::kConvolution, Sharing::kHeadwise, before) == 2 * window * width);
}

TEST_CASE("projecting before the linear layers differs from after by the biases alone",
          "[projection]") {
  // (E x) W + 1 b' against E (x W + 1 b'): equal if b = 0 or the rows of E sum to one.
  torch::manual_seed(5);
  LinformerAttention after(
      Small(Projection::kLearned, Sharing::kHeadwise, ProjectionPlace::kAfter));
  LinformerAttention before(
      Small(Projection::kLearned, Sharing::kHeadwise, ProjectionPlace::kBefore));
  const torch::NoGradGuard no_grad;
  const auto from = after->named_parameters(), into = before->named_parameters();
  from["E"].copy_(torch::softmax(torch::randn({2, 4}), 1));
  for (const auto& parameter : from) into[parameter.key()].copy_(parameter.value());
  const torch::Tensor x = torch::randn({2, 4, 6});
  const auto difference = [&] {
    return MaxDifference(after->forward(x, {}), before->forward(x, {}));
  };
  CHECK(difference() < 1e-5);
  from["v_proj.bias"].fill_(1);
  into["v_proj.bias"].fill_(1);
  CHECK(difference() > 0.1);
  from["F"].copy_(from["E"]);
  into["F"].copy_(from["E"]);
  CHECK(difference() < 1e-5);
}

TEST_CASE("before and after are the same for a mean, whose rows sum to one", "[projection]") {
  torch::manual_seed(6);
  LinformerAttention after(
      Small(Projection::kMeanPool, Sharing::kHeadwise, ProjectionPlace::kAfter));
  LinformerAttention before(
      Small(Projection::kMeanPool, Sharing::kHeadwise, ProjectionPlace::kBefore));
  const torch::NoGradGuard no_grad;
  const auto from = after->named_parameters(), into = before->named_parameters();
  from["k_proj.bias"].fill_(0.7);
  from["v_proj.bias"].fill_(1);
  for (const auto& parameter : from) into[parameter.key()].copy_(parameter.value());
  const torch::Tensor x = torch::randn({2, 4, 6});
  CHECK(MaxDifference(after(x, PadAfter({4, 3}, 4)), before(x, PadAfter({4, 3}, 4))) < 1e-5);
}

TEST_CASE("compression grows from layer to layer and k stays at least 1", "[projection]") {
  LinformerOptions options =
      Small(Projection::kLearned, Sharing::kHeadwise, ProjectionPlace::kAfter);
  options.attention.max_length = 64;
  options.projected_length = 16;
  options.compression_growth = 4;
  const auto k = [&](std::int64_t layer) { return options.OfLayer(layer).projected_length; };
  for (const Projection kind : kKinds) {
    options.projection = kind;
    CHECK(k(0) == 16);
    CHECK(k(1) == 4);
    CHECK(k(2) == 1);
    CHECK(k(9) == 1);
  }
  // Windows of 4, 12 and 36 tokens, though 36 do not divide 64.
  options.projection = Projection::kMeanPool;
  options.compression_growth = 3;
  CHECK((k(0) == 16 && k(1) == 6 && k(2) == 2));
  CHECK(options.OfLayer(2).window == 36);
}

}  // namespace
}  // namespace sweepformer::model
