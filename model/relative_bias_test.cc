#include "model/relative_bias.h"

#include <catch2/catch.hpp>

#include "model/blocked_attention.h"
#include "model/full_attention.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::PadAfter;

TEST_CASE("the buckets of offsets are those of T5's encoder", "[positions]") {
  const torch::Tensor buckets = RelativeBuckets(1001);
  const auto bucket = [&](std::int64_t offset) {
    return buckets[offset + 1000].item<std::int64_t>();
  };
  REQUIRE(buckets.size(0) == 2001);
  CHECK(bucket(0) == 0);
  for (const std::int64_t distance : {1, 7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 90, 91, 128, 1000}) {
    // The formula of the paper's code; its logarithms are exact enough at these distances.
    const double large = 8 + std::floor(8 * std::log(distance / 8.0) / std::log(16.0) + 1e-9);
    const double expected = distance < 8 ? distance : std::min(large, 15.0);
    CAPTURE(distance);
    CHECK(static_cast<double>(bucket(-distance)) == expected);
    CHECK(static_cast<double>(bucket(distance)) == expected + 16);
  }
}

TEST_CASE("the bias of a pair is that of its offset, in any rows", "[positions]") {
  const torch::Tensor by_offset = torch::arange(26, torch::kFloat64).view({2, 13});  // T = 7
  for (const auto& [first, rows] : {std::pair{0, 7}, std::pair{0, 2}, std::pair{3, 4}}) {
    const torch::Tensor bias = BiasOfRows(by_offset, first, rows);
    REQUIRE(bias.sizes() == torch::IntArrayRef({2, rows, 7}));
    for (int row = 0; row < rows; ++row) {
      for (int key = 0; key < 7; ++key) {
        CHECK(bias[1][row][key].item<double>() == 13 + key - (first + row) + 6);
      }
    }
  }
}

TEST_CASE("sums by offset are the transpose of the bias of rows", "[positions]") {
  torch::manual_seed(1);
  const torch::Tensor by_offset = torch::randn({3, 13}, torch::kFloat64);
  for (const auto& [first, rows] : {std::pair{0, 7}, std::pair{0, 2}, std::pair{3, 4}}) {
    const torch::Tensor scores = torch::randn({3, rows, 7}, torch::kFloat64);
    const torch::Tensor sums = SumByOffset(scores);
    const torch::Tensor seen = by_offset.narrow(1, 7 - rows - first, rows + 6);
    CHECK(MaxDifference((seen * sums).sum(), (BiasOfRows(by_offset, first, rows) * scores).sum()) <
          1e-12);
  }
}

AttentionOptions Small(Positions positions) {
  return {.d_model = 6, .heads = 2, .max_length = 20, .positions = positions};
}

/// Full attention in float64, each of the same linear layers.
FullAttention Make(ScoreMatrix scores, Positions positions) {
  torch::manual_seed(2);
  FullAttention attention(Small(positions), scores);
  attention->to(torch::kFloat64);
  return attention;
}

torch::Tensor Input(std::int64_t tokens = 20) {
  torch::manual_seed(3);
  return torch::randn({2, tokens, 6}, torch::kFloat64);
}

/// What the positions of a sublayer are made of: the bias, or the fixed table.
torch::Tensor PositionsOf(FullAttention& attention) {
  const auto buffer = attention->named_buffers().find("positions.table");
  if (buffer) return *buffer;
  return attention->named_parameters()["relative_attention_bias.weight"];
}

constexpr ScoreMatrix kForms[] = {ScoreMatrix::kBlocked, ScoreMatrix::kWhole};

TEST_CASE("attention adds the bias of its bucket to each score", "[positions]") {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(4);
  const torch::Tensor q = torch::randn({2, 3, 20, 4}, torch::kFloat64);
  const torch::Tensor weight = torch::randn({kRelativeBuckets, 3}, torch::kFloat64);
  const torch::Tensor mask = PadAfter({20, 13}, 20), buckets = RelativeBuckets(20);
  torch::Tensor scores = torch::matmul(q, q.transpose(2, 3)) / 2;
  for (std::int64_t row = 0; row < 20; ++row) {
    for (std::int64_t key = 0; key < 20; ++key) {
      scores.select(2, row).select(2, key) += weight[buckets[key - row + 19].item<std::int64_t>()];
    }
  }
  scores.masked_fill_(mask.view({2, 1, 1, 20}), -std::numeric_limits<double>::infinity());
  const torch::Tensor expected = torch::matmul(scores.softmax(-1), q);
  const torch::Tensor by_offset = weight.index_select(0, buckets).t();
  CHECK(MaxDifference(BlockedAttention(q, q, q, mask, 0, by_offset), expected) < 1e-12);
  CHECK(MaxDifference(ScaledDotProductAttention(q, q, q, mask, 0, by_offset), expected) < 1e-12);
}

TEST_CASE("positions of zeros are none", "[positions]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = Input(), mask = PadAfter({20, 11}, 20);
  for (const ScoreMatrix form : kForms) {
    const torch::Tensor plain = Make(form, Positions::kNone)(x, mask);
    for (const Positions kind : {Positions::kRelative, Positions::kInfused}) {
      FullAttention attention = Make(form, kind);
      CHECK(MaxDifference(attention(x, mask), plain) > 1e-4);
      PositionsOf(attention).zero_();
      CHECK(MaxDifference(attention(x, mask), plain) < 1e-12);
    }
  }
}

TEST_CASE("a bias that is the same for all offsets changes nothing", "[positions]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = Input();
  for (const ScoreMatrix form : kForms) {
    FullAttention attention = Make(form, Positions::kRelative);
    PositionsOf(attention).fill_(3.5);
    CHECK(MaxDifference(attention->forward(x, {}), Make(form, Positions::kNone)->forward(x, {})) <
          1e-12);
  }
}

/// The difference that five tokens of padding in front of a sample make to it.
double EffectOfShift(FullAttention attention) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = Input(12);
  const torch::Tensor shifted = torch::cat({torch::full({2, 5, 6}, 7.0, torch::kFloat64), x}, 1);
  const torch::Tensor mask = torch::arange(17).lt(5).expand({2, 17});
  return MaxDifference(attention(shifted, mask).narrow(1, 5, 12), attention->forward(x, {}));
}

TEST_CASE("relative positions do not tell where a text begins, infused ones do", "[positions]") {
  for (const ScoreMatrix form : kForms) {
    CHECK(EffectOfShift(Make(form, Positions::kNone)) < 1e-12);
    CHECK(EffectOfShift(Make(form, Positions::kRelative)) < 1e-12);
    CHECK(EffectOfShift(Make(form, Positions::kInfused)) > 1e-4);
  }
}

TEST_CASE("relative and infused positions tell the order of tokens", "[positions]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = Input(), reversed = x.flip(1);
  const auto effect = [&](Positions kind) {
    FullAttention attention = Make(ScoreMatrix::kBlocked, kind);
    return MaxDifference(attention->forward(reversed, {}).flip(1), attention->forward(x, {}));
  };
  CHECK(effect(Positions::kNone) < 1e-12);
  CHECK(effect(Positions::kRelative) > 1e-4);
  CHECK(effect(Positions::kInfused) > 1e-4);
}

TEST_CASE("infused positions reach queries and keys and no value", "[positions]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = Input();
  FullAttention attention = Make(ScoreMatrix::kWhole, Positions::kInfused);
  const auto weights = attention->named_parameters();
  const auto project = [&](const std::string& name, const torch::Tensor& input) {
    return torch::linear(input, weights[name + ".weight"], weights[name + ".bias"])
        .view({2, 20, 2, 3})
        .transpose(1, 2);
  };
  const torch::Tensor placed = x + SinusoidalTable(20, 6);
  const torch::Tensor mixed = ScaledDotProductAttention(
      project("q_proj", placed), project("k_proj", placed), project("v_proj", x));
  const torch::Tensor expected = torch::linear(
      mixed.transpose(1, 2).flatten(2), weights["out_proj.weight"], weights["out_proj.bias"]);
  CHECK(MaxDifference(attention->forward(x, {}), expected) < 1e-12);
}

TEST_CASE("sublayers with positions have the gradients of central differences", "[positions]") {
  const torch::Tensor x = Input(5);
  for (const ScoreMatrix form : kForms) {
    for (const Positions kind : {Positions::kRelative, Positions::kInfused}) {
      CHECK(testing::ModuleGradientError(*Make(form, kind), x, PadAfter({5, 3}, 5)) < 1e-6);
      CHECK(testing::ModuleGradientError(*Make(form, kind), x, {}) < 1e-6);
    }
  }
}

TEST_CASE("all layers share the bias of the first", "[positions]") {
  const AttentionOptions options = Small(Positions::kRelative);
  const Attention first = MakeFullLayer(options, ScoreMatrix::kBlocked, {});
  const Attention second = MakeFullLayer(options, ScoreMatrix::kBlocked, {first});
  const std::string name = "relative_attention_bias.weight";
  REQUIRE(first->named_parameters().contains(name));
  CHECK_FALSE(second->named_parameters().contains(name));
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = torch::randn({1, 20, 6}), before = second->forward(x, {});
  first->named_parameters()[name].normal_();
  CHECK(MaxDifference(second->forward(x, {}), before) > 1e-3);
}

}  // namespace
}  // namespace sweepformer::model
