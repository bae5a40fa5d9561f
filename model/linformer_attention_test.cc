#include "model/linformer_attention.h"

#include <catch2/catch.hpp>

#include "model/encoder.h"
#include "model/full_attention.h"
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

/// [2, 5]: cos(factor i j + shift), i and j from 1.
torch::Tensor GoldenProjection(double factor, double shift) {
  const torch::Tensor rows = torch::arange(1, 3, kWide).unsqueeze(1);
  return torch::cos(factor * rows * torch::arange(1, 6, kWide) + shift);
}

struct Heads {
  torch::Tensor q, k, v;  // [2, 3, 6, 4] float64
};

Heads RandomHeads() {
  torch::manual_seed(1);
  const auto draw = [] { return torch::randn({2, 3, 6, 4}, kWide); };
  return {draw(), draw(), draw()};
}

LinformerOptions Small(Sharing sharing, std::int64_t n = 5, std::int64_t k = 2) {
  return {AttentionOptions{.d_model = 6, .heads = 2, .max_length = n}, k, sharing};
}

std::vector<Attention> MakeLayers(const LinformerOptions& options, std::int64_t layers) {
  std::vector<Attention> made;
  for (std::int64_t i = 0; i < layers; ++i) made.push_back(MakeLinformerLayer(options, made));
  return made;
}

constexpr std::array kSharings = {Sharing::kNone, Sharing::kHeadwise, Sharing::kKeyValue,
                                  Sharing::kLayerwise};

TEST_CASE("linformer attention equals the golden vectors", "[linformer]") {
  const torch::Tensor q = OneHead(Wave(5, 3, 0)), k = OneHead(Wave(5, 3, 1)),
                      v = OneHead(Wave(5, 3, 2));
  const torch::Tensor e = GoldenProjection(0.5, 0), f = GoldenProjection(0.9, 0.3);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, v, e, f),
                      GoldenTensor(golden::kLinformer)) < 1e-10);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, v, e, e),
                      GoldenTensor(golden::kLinformerSharedE)) < 1e-10);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, v, e, f, PadAfter({3}, 5)),
                      GoldenTensor(golden::kLinformerLastTwoPadded)) < 1e-10);
}

TEST_CASE("linformer with any permutation as its projections is full attention", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor full = ScaledDotProductAttention(q, k, v);
  const torch::Tensor identity = torch::eye(6, kWide);
  const torch::Tensor shuffled = identity.index_select(0, torch::tensor({3, 0, 5, 1, 4, 2}));
  for (const auto& projection : {identity, shuffled, shuffled.expand({3, 6, 6})}) {
    CHECK(MaxDifference(LinformerDotProductAttention(q, k, v, projection, projection), full) <
          1e-10);
  }
}

TEST_CASE("linformer keeps constant values only if the rows of F sum to one", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor constant = torch::full_like(v, 2.5);
  const torch::Tensor f = torch::rand({2, 6}, kWide);
  const torch::Tensor average = f / f.sum(1, /*keepdim=*/true);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, constant, f, average), constant) < 1e-10);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, constant, f, f), constant) > 0.1);
}

TEST_CASE("linformer with E = 0 averages the projected values", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor f = torch::randn({2, 6}, kWide);
  const torch::Tensor out = LinformerDotProductAttention(q, k, v, torch::zeros_like(f), f);
  const torch::Tensor mean = ProjectTokens(f, v).mean(2, /*keepdim=*/true).expand_as(out);
  CHECK(MaxDifference(out, mean) < 1e-10);
}

TEST_CASE("slicing a projection equals padding the tokens with zeros", "[linformer]") {
  const torch::Tensor x = torch::randn({2, 3, 4, 5}, kWide);
  const torch::Tensor padded = torch::cat({x, torch::zeros({2, 3, 3, 5}, kWide)}, 2);
  for (const auto& e : {torch::randn({2, 7}, kWide), torch::randn({3, 2, 7}, kWide)}) {
    CHECK(MaxDifference(ProjectTokens(e, x), ProjectTokens(e, padded)) < 1e-12);
  }
}

TEST_CASE("one projection for all heads equals that projection for each head", "[linformer]") {
  const torch::Tensor x = torch::randn({2, 3, 4, 5}, kWide), mask = PadAfter({4, 2}, 4);
  const torch::Tensor e = torch::randn({2, 7}, kWide);
  CHECK(MaxDifference(ProjectTokens(e, x, mask), ProjectTokens(e.expand({3, 2, 7}), x, mask)) <
        1e-12);
}

TEST_CASE("linformer with padding equals the shorter sequence", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor e = torch::randn({2, 6}, kWide), f = torch::randn({2, 6}, kWide);
  const auto cut = [](const torch::Tensor& x) { return x.narrow(2, 0, 4); };
  const torch::Tensor padded = LinformerDotProductAttention(q, k, v, e, f, PadAfter({4, 4}, 6));
  const torch::Tensor shorter = LinformerDotProductAttention(cut(q), cut(k), cut(v), e, f);
  CHECK(MaxDifference(cut(padded), shorter) < 1e-10);
}

TEST_CASE("linformer lets nothing out of padded keys and values", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor mask = PadAfter({6, 3}, 6), rows = mask.view({2, 1, 6, 1});
  for (const auto& e : {torch::randn({2, 6}, kWide), torch::randn({3, 2, 6}, kWide)}) {
    const torch::Tensor clean = LinformerDotProductAttention(q, k, v, e, e, mask);
    for (const double poison : {1e9, std::numeric_limits<double>::quiet_NaN()}) {
      const torch::Tensor poisoned = LinformerDotProductAttention(
          q, k.masked_fill(rows, poison), v.masked_fill(rows, poison), e, e, mask);
      CHECK(torch::equal(poisoned, clean));
    }
  }
}

TEST_CASE("linformer over padding alone is zero", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor e = torch::randn({2, 6}, kWide);
  const torch::Tensor out = LinformerDotProductAttention(q, k, v, e, e, PadAfter({0, 6}, 6));
  CHECK(torch::equal(out[0], torch::zeros_like(out[0])));
  CHECK(out.isfinite().all().item<bool>());
}

TEST_CASE("linformer sees the order of keys and values", "[linformer]") {
  const auto [q, k, v] = RandomHeads();
  const torch::Tensor e = torch::randn({2, 6}, kWide);
  const torch::Tensor reversed = LinformerDotProductAttention(q, k.flip(2), v.flip(2), e, e);
  CHECK(MaxDifference(LinformerDotProductAttention(q, k, v, e, e), reversed) > 0.01);
  CHECK(MaxDifference(ScaledDotProductAttention(q, k, v),
                      ScaledDotProductAttention(q, k.flip(2), v.flip(2))) < 1e-10);
}

TEST_CASE("linformer lets the first token see the last one: it is not causal", "[linformer]") {
  auto [q, k, v] = RandomHeads();
  const torch::Tensor e = torch::randn({2, 6}, kWide);
  const torch::Tensor before = LinformerDotProductAttention(q, k, v, e, e).select(2, 0);
  v.select(2, 5).add_(1.0);
  const torch::Tensor after = LinformerDotProductAttention(q, k, v, e, e).select(2, 0);
  CHECK(MaxDifference(before, after) > 0.01);
}

TEST_CASE("linformer projects after the biased key and value projections", "[linformer]") {
  // E (x W + 1 b') = E x W + (E 1) b', not E x W + 1 b'.
  torch::manual_seed(3);
  LinformerAttention attention(Small(Sharing::kKeyValue));
  attention->to(kWide);
  const auto parameters = attention->named_parameters();
  const torch::Tensor x = torch::randn({1, 5, 6}, kWide);
  const torch::NoGradGuard no_grad;
  parameters["q_proj.weight"].zero_();  // all scores are the same: the output is the mean of F v
  parameters["v_proj.bias"].fill_(1.5);
  const torch::Tensor values = torch::matmul(x, parameters["v_proj.weight"].t()) + 1.5;
  const torch::Tensor mixed = torch::matmul(parameters["E"], values).mean(1, /*keepdim=*/true);
  const torch::Tensor expected = torch::matmul(mixed, parameters["out_proj.weight"].t());
  CHECK(MaxDifference(attention(x, torch::Tensor()), expected.expand({1, 5, 6})) < 1e-10);
}

TEST_CASE("each sharing mode has the paper's number of projection parameters", "[linformer]") {
  const LinformerOptions paper{AttentionOptions{.d_model = 12, .heads = 12, .max_length = 512}, 128,
                               Sharing::kNone};
  const std::int64_t others = 12 * 4 * (12 * 12 + 12);
  const std::array<std::int64_t, 4> expected = {18'874'368, 1'572'864, 786'432, 65'536};
  for (std::size_t i = 0; i < kSharings.size(); ++i) {
    LinformerOptions options = paper;
    options.sharing = kSharings[i];
    CHECK(CountParameters(MakeLayers(options, 12)) - others == expected[i]);
  }
}

/// Which layers compute something else once the projections of layer 0 have changed.
std::vector<bool> ChangedLayers(Sharing sharing) {
  const std::vector<Attention> layers = MakeLayers(Small(sharing), 3);
  const torch::Tensor x = torch::randn({1, 5, 6});
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> before;
  for (const auto& layer : layers) before.push_back(layer->forward(x, {}));
  layers[0]->named_parameters()["E"].add_(1.0);
  std::vector<bool> changed;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    changed.push_back(!torch::equal(layers[i]->forward(x, {}), before[i]));
  }
  return changed;
}

TEST_CASE("only layerwise sharing lets one layer's projection reach the others", "[linformer]") {
  const std::vector<bool> own = {true, false, false}, all = {true, true, true};
  CHECK(ChangedLayers(Sharing::kNone) == own);
  CHECK(ChangedLayers(Sharing::kHeadwise) == own);
  CHECK(ChangedLayers(Sharing::kKeyValue) == own);
  CHECK(ChangedLayers(Sharing::kLayerwise) == all);
}

Encoder MakeEncoder(Sharing sharing) {
  Encoder encoder(EncoderOptions{.d_model = 6, .d_ff = 8}, MakeLayers(Small(sharing), 2));
  encoder->to(kWide);
  return encoder;
}

std::string Layer(int layer, const char* projection) {
  return "layers." + std::to_string(layer) + ".self_attn." + projection;
}

/// The projection a use of E or F takes in an encoder that shares.
torch::Tensor SharedFor(const torch::OrderedDict<std::string, torch::Tensor>& shared, int layer,
                        const char* use) {
  for (const std::string& name : {Layer(layer, use), Layer(layer, "E"), Layer(0, "E")}) {
    if (const auto* found = shared.find(name)) return *found;
  }
  return {};
}

TEST_CASE("the gradient of a shared projection is the sum over its uses", "[linformer]") {
  const torch::Tensor x = torch::randn({2, 5, 6}, kWide), mask = PadAfter({5, 3}, 5);
  for (const Sharing sharing : {Sharing::kHeadwise, Sharing::kKeyValue, Sharing::kLayerwise}) {
    Encoder sharer = MakeEncoder(sharing), clone = MakeEncoder(Sharing::kNone);
    const auto shared = sharer->named_parameters(), unshared = clone->named_parameters();
    {
      const torch::NoGradGuard no_grad;
      for (const auto& own : unshared) {
        if (const auto* same = shared.find(own.key()); same && same->sizes() == own.value().sizes())
          own.value().copy_(*same);
      }
      for (const int layer : {0, 1}) {
        for (const char* use : {"E", "F"}) {
          unshared[Layer(layer, use)].copy_(SharedFor(shared, layer, use).expand({2, 2, 5}));
        }
      }
    }
    const torch::Tensor out = sharer(x, mask), same = clone(x, mask);
    REQUIRE(MaxDifference(out, same) < 1e-12);
    out.pow(2).sum().backward();
    same.pow(2).sum().backward();
    for (const auto& projection : shared) {
      if (!projection.key().ends_with(".E") && !projection.key().ends_with(".F")) continue;
      torch::Tensor sum = torch::zeros_like(projection.value());
      for (const int layer : {0, 1}) {
        for (const char* use : {"E", "F"}) {
          if (SharedFor(shared, layer, use).is_same(projection.value()))
            sum += unshared[Layer(layer, use)].grad().sum(0);
        }
      }
      CHECK(MaxDifference(projection.value().grad(), sum) < 1e-10);
    }
  }
}

TEST_CASE("linformer has the gradients of central differences in every sharing mode",
          "[linformer]") {
  torch::manual_seed(4);
  const torch::Tensor x = torch::randn({2, 4, 6}), mask = PadAfter({4, 2}, 4);
  for (const Sharing sharing : kSharings) {
    LinformerAttention attention(Small(sharing));
    CHECK(testing::ModuleGradientError(*attention, x, mask) < 1e-6);
    CHECK(testing::ModuleGradientError(*attention, x, {}) < 1e-6);
  }
}

TEST_CASE("a projection starts small and a further layer's shared one stays as it was",
          "[linformer]") {
  torch::manual_seed(5);
  const std::vector<Attention> layers = MakeLayers(Small(Sharing::kLayerwise, 256, 64), 1);
  const torch::Tensor e = layers[0]->named_parameters()["E"], before = e.detach().clone();
  CHECK(e.std().item<double>() == Approx(0.02).epsilon(0.05));
  MakeLinformerLayer(Small(Sharing::kLayerwise, 256, 64), layers);
  CHECK(torch::equal(e, before));
}

TEST_CASE("projected_length follows from compression or is given", "[linformer]") {
  const auto k = [](std::optional<double> compression, std::optional<std::int64_t> length) {
    const auto resolved = ResolveProjectedLength(128, compression, length);
    return resolved.ok() ? std::to_string(*resolved) : resolved.status().message();
  };
  CHECK(k(4, std::nullopt) == "32");
  CHECK(k(std::nullopt, 5) == "5");
  CHECK(k(4, 32) == "32");
  CHECK(k(std::nullopt, std::nullopt) ==
        "attention 'linformer' needs compression or projected_length");
  CHECK(
      k(3, std::nullopt).starts_with("projected_length is 42.666666666666664 with max_length 128"));
  CHECK(k(std::nullopt, 129).starts_with("projected_length is 129 with max_length 128"));
  CHECK(k(4, 16) ==
        "projected_length (16) times compression (4) is not max_length (128): leave one of the two "
        "out");
}

TEST_CASE("linformer refuses a projected length that does not fit", "[linformer]") {
  CHECK_THROWS_AS(LinformerAttention(Small(Sharing::kHeadwise, 5, 6)), c10::Error);
  CHECK_THROWS_AS(LinformerAttention(Small(Sharing::kHeadwise, 5, 0)), c10::Error);
}

}  // namespace
}  // namespace sweepformer::model
