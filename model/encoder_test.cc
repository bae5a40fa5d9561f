#include "model/encoder.h"

#include <catch2/catch.hpp>

#include "model/full_attention.h"
#include "model/linformer_attention.h"
#include "model/model_options.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

Attention MakeFull(std::int64_t d_model, std::int64_t heads, std::int64_t max_length = 8) {
  return std::make_shared<FullAttentionImpl>(
      AttentionOptions{.d_model = d_model, .heads = heads, .max_length = max_length});
}

TEST_CASE("an encoder layer has the parameters of the formula", "[encoder]") {
  const auto count = [](std::int64_t c, std::int64_t d_ff) {
    EncoderLayer layer(EncoderOptions{.d_model = c, .d_ff = d_ff}, MakeFull(c, 2));
    return CountParameters(*layer);
  };
  CHECK(count(128, 512) == 198'272);  // a published Keras block
  CHECK(count(6, 8) == 4 * (36 + 6) + 2 * 6 * 8 + 8 + 6 + 4 * 6);
}

TEST_CASE("only a pre-norm encoder has a norm after its last layer", "[encoder]") {
  const auto count = [](Norm norm) {
    Encoder encoder(EncoderOptions{.d_model = 6, .d_ff = 8, .norm = norm},
                    std::vector{MakeFull(6, 2), MakeFull(6, 2)});
    return CountParameters(*encoder);
  };
  CHECK(count(Norm::kPre) - count(Norm::kPost) == 12);
}

TEST_CASE("a post-norm encoder ends normalised and so does a pre-norm one", "[encoder]") {
  for (const Norm norm : {Norm::kPre, Norm::kPost}) {
    Encoder encoder(EncoderOptions{.d_model = 16, .d_ff = 8, .norm = norm},
                    std::vector{MakeFull(16, 2)});
    const torch::Tensor out = encoder(7 * torch::randn({2, 5, 16}) + 3, torch::Tensor());
    CHECK(out.mean(-1).abs().max().item<double>() < 1e-5);
    CHECK(std::abs(out.var(-1, /*unbiased=*/false).mean().item<double>() - 1) < 1e-3);
  }
}

TEST_CASE("encoder layers have the gradients of central differences", "[encoder]") {
  torch::manual_seed(6);
  const torch::Tensor mask = testing::PadAfter({4, 2}, 4);
  const torch::Tensor x = torch::randn({2, 4, 4}, torch::kFloat64).requires_grad_();
  const LinformerOptions linformer{AttentionOptions{.d_model = 4, .heads = 2, .max_length = 6}, 2,
                                   Sharing::kKeyValue};
  for (const Norm norm : {Norm::kPre, Norm::kPost}) {
    for (const Attention& attention : {MakeFull(4, 2), MakeLinformerLayer(linformer, {})}) {
      EncoderLayer layer(EncoderOptions{.d_model = 4, .d_ff = 5, .norm = norm}, attention);
      layer->to(torch::kFloat64);
      std::vector<torch::Tensor> leaves = layer->parameters();
      leaves.push_back(x);
      CHECK(testing::GradientError([&] { return layer(x, mask); }, leaves) < 1e-6);
    }
  }
}

TEST_CASE("an encoder layer drops in training only", "[encoder]") {
  EncoderLayer layer(EncoderOptions{.d_model = 8, .d_ff = 8, .dropout = 0.5}, MakeFull(8, 2));
  const torch::Tensor x = torch::randn({2, 5, 8});
  CHECK_FALSE(torch::equal(layer(x, torch::Tensor()), layer(x, torch::Tensor())));
  layer->eval();
  CHECK(torch::equal(layer(x, torch::Tensor()), layer(x, torch::Tensor())));
}

}  // namespace
}  // namespace sweepformer::model
