#include "model/model_options.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::TinyRun;

torch::OrderedDict<std::string, torch::Tensor> Weights(const Parameters& parameters,
                                                       std::int64_t seed = 1) {
  return BuildModel(testing::OptionsOf(parameters), 50, 2, seed).classifier->named_parameters();
}

TEST_CASE("equal seeds build equal models and other seeds other ones", "[model]") {
  const auto one = Weights(TinyRun("linformer")), same = Weights(TinyRun("linformer"));
  const auto other = Weights(TinyRun("linformer"), 2);
  for (const auto& named : one) {
    CHECK(torch::equal(named.value(), same[named.key()]));
  }
  CHECK_FALSE(torch::equal(one["embedding.weight"], other["embedding.weight"]));
  CHECK_FALSE(
      torch::equal(one["encoder.layers.0.self_attn.E"], other["encoder.layers.0.self_attn.E"]));
}

TEST_CASE("models of one seed share the values of all parts they have in common", "[model]") {
  const Parameters two_layers = {{"layers", std::int64_t{2}}};
  const auto full = Weights(TinyRun("full", two_layers));
  for (const char* sharing : {"headwise", "kv", "layerwise", "none"}) {
    const auto linformer =
        Weights(TinyRun("linformer", testing::With(two_layers, {{"sharing", sharing}})));
    for (const auto& named : full) {
      CAPTURE(named.key());
      CHECK(torch::equal(named.value(), linformer[named.key()]));
    }
  }
  const auto bag = Weights(TinyRun("none"));
  CHECK(torch::equal(full["embedding.weight"], bag["embedding.weight"]));
}

TEST_CASE("neither the design nor its positions change what else is drawn", "[model]") {
  const auto full = Weights(TinyRun("full"));
  for (const AttentionDesign& design : AttentionDesigns()) {
    if (design.heads != HeadCount::kGiven) continue;
    const auto other = Weights(TinyRun(std::string(design.name)));
    for (const char* projection : {"q_proj", "k_proj", "v_proj", "out_proj"}) {
      const std::string name = fmt::format("encoder.layers.0.self_attn.{}.weight", projection);
      CAPTURE(design.name, name);
      CHECK(torch::equal(full[name], other[name]));
    }
  }
  for (const char* positions : {"sinusoidal", "none", "relative", "infused"}) {
    const auto other = Weights(TinyRun("full", {{"positions", std::string(positions)}}));
    for (const char* name : {"encoder.layers.0.linear1.weight", "encoder.layers.0.linear2.weight",
                             "classifier.weight", "embedding.weight"}) {
      CAPTURE(positions, name);
      CHECK(torch::equal(full[name], other[name]));
    }
  }
}

TEST_CASE("layers of one model differ", "[model]") {
  const auto weights = Weights(TinyRun("full", {{"layers", std::int64_t{2}}}));
  CHECK_FALSE(torch::equal(weights["encoder.layers.0.self_attn.q_proj.weight"],
                           weights["encoder.layers.1.self_attn.q_proj.weight"]));
}

TEST_CASE("a bag of embeddings has no sublayer that mixes tokens", "[model]") {
  const Model bag = BuildModel(testing::OptionsOf(TinyRun("none")), 50, 2, 1);
  const Model full = BuildModel(testing::OptionsOf(TinyRun("full")), 50, 2, 1);
  CHECK(bag.attention.empty());
  CHECK(CountParameters(bag.attention) == 0);
  CHECK(full.attention.size() == 1);
  CHECK(CountParameters(full.attention) == 4 * (16 * 16 + 16));
}

}  // namespace
}  // namespace sweepformer::model
