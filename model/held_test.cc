#include "model/held.h"

#include <catch2/catch.hpp>

#include "model/backward.h"
#include "model/encoder.h"
#include "model/run_options.h"
#include "model/tensor_memory.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

struct Layer {
  Attention attention;
  EncoderLayer whole;
};

Layer MakeLayer(const std::string& attention, const Parameters& parameters) {
  const ModelOptions options = testing::OptionsOf(testing::TinyRun(attention, parameters));
  const Attention part = options.attention({});
  Layer layer{part, EncoderLayer(options.encoder, part)};
  layer.whole->train();
  return layer;
}

/// Its auxiliary loss is part of a step.
void Train(Layer& layer, const torch::Tensor& x, const torch::Tensor& gradient) {
  const torch::Tensor out = layer.whole(x, torch::Tensor());
  Backward(out, gradient, layer.attention->auxiliary_loss());
}

/// Most bytes beyond what there was, in a training step whose parameters have gradients already.
double MeasuredPeak(Layer& layer, std::int64_t tokens, std::int64_t width) {
  TensorMemory::Install();
  const torch::Tensor x = torch::randn({1, tokens, width}).requires_grad_();
  const torch::Tensor gradient = torch::ones_like(x);
  Train(layer, x, gradient);
  const std::int64_t before = TensorMemory::live_bytes();
  TensorMemory::ResetPeak();
  Train(layer, x, gradient);
  return static_cast<double>(TensorMemory::peak_bytes() - before);
}

void CheckHeld(const std::string& attention, Parameters more) {
  more.insert({{"d_model", std::int64_t{128}},
               {"d_ff", std::int64_t{256}},
               {"heads", std::int64_t{4}},
               {"dropout", 0.0}});
  for (const std::int64_t tokens : {256, 512, 2048}) {
    more["max_length"] = tokens;
    Layer layer = MakeLayer(attention, more);
    const double closed = 4.0 * layer.whole->PeakHeld(tokens);
    const double measured = MeasuredPeak(layer, tokens, 128);
    CAPTURE(attention, tokens, closed, measured);
    CHECK(measured == Approx(closed).epsilon(0.15));
  }
}

TEST_CASE("what a layer holds in training is what its closed form says", "[held]") {
  CheckHeld("full", {});
  CheckHeld("full", {{"norm", std::string("post")}});
  CheckHeld("full", {{"d_ff", std::int64_t{1024}}});
  CheckHeld("full-naive", {});
  CheckHeld("linear", {});
  CheckHeld("linear", {{"feature_map", std::string("relu")}});
  CheckHeld("performer", {});
  CheckHeld("performer", {{"features", std::int64_t{32}}});
  CheckHeld("longformer", {});
  CheckHeld("longformer", {{"window", std::int64_t{128}}});
  CheckHeld("longformer", {{"dilation", std::int64_t{7}}});   // blocks are filled up
  CheckHeld("longformer", {{"dilation", std::int64_t{64}}});  // 4, 8 and 32 tokens see one another
  CheckHeld("compressive", {});
  CheckHeld("compressive", {{"reconstruction_weight", 0.0}});
  CheckHeld("compressive", {{"compression_function", std::string("mean")}});
  CheckHeld("compressive", {{"segment_view", std::string("causal")}});
  CheckHeld("compressive",
            {{"segment_length", std::int64_t{32}}, {"memory_length", std::int64_t{32}}});
}

TEST_CASE("what a Linformer holds follows its projection", "[held]") {
  for (const char* projection : {"learned", "mean-pool", "max-pool", "convolution", "random"}) {
    CheckHeld("linformer",
              {{"compression", std::int64_t{4}}, {"projection", std::string(projection)}});
  }
  CheckHeld("linformer", {{"compression", std::int64_t{16}}});
  for (const char* sharing : {"headwise", "kv"}) {  // the gradients of E and F are the peak
    CheckHeld("linformer", {{"compression", std::int64_t{2}}, {"sharing", std::string(sharing)}});
  }
  for (const char* sharing : {"kv", "none"}) {
    CheckHeld("linformer", {{"compression", std::int64_t{4}}, {"sharing", std::string(sharing)}});
  }
}

TEST_CASE("what FNet holds has no scores in it", "[held]") {
  Parameters more = {{"d_model", std::int64_t{128}},
                     {"d_ff", std::int64_t{256}},
                     {"dropout", 0.0},
                     {"max_length", std::int64_t{1024}}};
  Layer layer = MakeLayer("fnet", more);
  CHECK(MeasuredPeak(layer, 1024, 128) == Approx(4.0 * layer.whole->PeakHeld(1024)).epsilon(0.15));
}

}  // namespace
}  // namespace sweepformer::model
