#include "model/held.h"

#include <catch2/catch.hpp>

#include "model/encoder.h"
#include "model/run_options.h"
#include "model/tensor_memory.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

/// Most bytes beyond what there was, in a training step whose parameters have gradients already.
double MeasuredPeak(EncoderLayer& layer, std::int64_t tokens, std::int64_t width) {
  TensorMemory::Install();
  const torch::Tensor x = torch::randn({1, tokens, width}).requires_grad_();
  const torch::Tensor gradient = torch::ones_like(x);
  layer(x, torch::Tensor()).backward(gradient);
  const std::int64_t before = TensorMemory::live_bytes();
  TensorMemory::ResetPeak();
  layer(x, torch::Tensor()).backward(gradient);
  return static_cast<double>(TensorMemory::peak_bytes() - before);
}

void CheckHeld(const std::string& attention, Parameters more) {
  more.insert({{"d_model", std::int64_t{128}},
               {"d_ff", std::int64_t{256}},
               {"heads", std::int64_t{4}},
               {"dropout", 0.0}});
  for (const std::int64_t tokens : {256, 512, 2048}) {
    more["max_length"] = tokens;
    const ModelOptions options = testing::OptionsOf(testing::TinyRun(attention, more));
    EncoderLayer layer(options.encoder, options.attention({}));
    layer->train();
    const double closed = 4.0 * layer->PeakHeld(tokens);
    const double measured = MeasuredPeak(layer, tokens, 128);
    CAPTURE(attention, tokens, closed, measured);
    CHECK(measured == Approx(closed).epsilon(0.15));
  }
}

TEST_CASE("what a layer holds in training is what its closed form says", "[held]") {
  CheckHeld("full", {});
  CheckHeld("full-naive", {});
  CheckHeld("linear", {});
  CheckHeld("linear", {{"feature_map", std::string("relu")}});
  CheckHeld("performer", {});
  CheckHeld("performer", {{"features", std::int64_t{32}}});
  CheckHeld("longformer", {});
  CheckHeld("longformer", {{"window", std::int64_t{128}}});
  CheckHeld("compressive", {});
}

TEST_CASE("what a Linformer holds follows its projection", "[held]") {
  for (const char* projection : {"learned", "mean-pool", "max-pool", "convolution", "random"}) {
    CheckHeld("linformer",
              {{"compression", std::int64_t{4}}, {"projection", std::string(projection)}});
  }
  CheckHeld("linformer", {{"compression", std::int64_t{16}}});
  for (const char* sharing : {"kv", "none"}) {
    CheckHeld("linformer", {{"compression", std::int64_t{4}}, {"sharing", std::string(sharing)}});
  }
}

TEST_CASE("what FNet holds has no scores in it", "[held]") {
  Parameters more = {{"d_model", std::int64_t{128}},
                     {"d_ff", std::int64_t{256}},
                     {"dropout", 0.0},
                     {"max_length", std::int64_t{1024}}};
  const ModelOptions options = testing::OptionsOf(testing::TinyRun("fnet", more));
  EncoderLayer layer(options.encoder, options.attention({}));
  layer->train();
  CHECK(MeasuredPeak(layer, 1024, 128) == Approx(4.0 * layer->PeakHeld(1024)).epsilon(0.15));
}

}  // namespace
}  // namespace sweepformer::model
