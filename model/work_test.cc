#include "model/work.h"

#include <torch/csrc/autograd/profiler_legacy.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>
#include <numeric>

#include "model/machine_rates.h"
#include "model/testing.h"
#include "orchestrator/core/parameter_table.h"

namespace sweepformer::model {
namespace {

using testing::TinyRun;

/// Flops of the matrix products that LibTorch carries out in `call`, by the shapes its profiler
/// sees: an account that knows nothing of the closed forms.
template <typename Call>
double ProductFlops(const Call& call) {
  namespace profiler = torch::autograd::profiler;
  profiler::enableProfilerLegacy(
      {profiler::ProfilerState::CPU, /*report_input_shapes=*/true, /*profile_memory=*/false});
  call();
  double flops = 0;
  for (const auto& events : profiler::disableProfilerLegacy()) {
    for (const auto& event : events) {
      const std::string name = event.name();
      const bool adds = name == "aten::addmm" || name == "aten::baddbmm";
      if (event.kind() != profiler::EventKind::PushRange) continue;
      if (!adds && name != "aten::mm" && name != "aten::bmm") continue;
      const auto shapes = event.shapes();
      const auto& a = shapes[adds ? 1 : 0];
      const auto numbers = std::accumulate(a.begin(), a.end(), 2.0, std::multiplies<>());
      flops += numbers * static_cast<double>(shapes[adds ? 2 : 1].back());
    }
  }
  return flops;
}

constexpr std::int64_t kTokens = 16, kWidth = 8, kHeads = 2;

Parameters Sized(const std::string& attention, const Parameters& more = {}) {
  Parameters run =
      testing::With(TinyRun(attention), {{"max_length", kTokens}, {"d_model", kWidth}});
  if (attention != "none" && attention != "lstm") run["layers"] = std::int64_t{1};
  if (attention == "linformer" && more.count("projected_length") == 0) {
    run.erase("projected_length");
    run["compression"] = 4.0;
  }
  return testing::With(run, more);
}

Attention LayerOf(const Parameters& parameters) {
  return BuildModel(testing::OptionsOf(parameters), 50, 2, 1).attention.front();
}

double CountedFlops(const Attention& layer, std::int64_t samples) {
  const torch::NoGradGuard no_grad;
  layer->eval();
  layer->to(torch::kFloat64);  // our own kernels do not call torch's products
  const torch::Tensor x = torch::ones({samples, kTokens, kWidth}, torch::kFloat64);
  return ProductFlops([&] { layer->forward(x, {}); });
}

TEST_CASE("the closed forms are those of the literature", "[work]") {
  const double n = kTokens, d = kWidth, h = kHeads, k = 4;
  const double projections = 8 * n * d * d;
  const auto core = [&](const Parameters& run) {
    return LayerOf(run)->ForwardWork(kTokens).flops - projections;
  };
  CHECK(core(Sized("full")) == Approx(4 * n * n * d));
  CHECK(core(Sized("full-naive")) == Approx(4 * n * n * d));
  // Tokens are projected first, so keys and values are made of k rows, unless each head projects.
  CHECK(core(Sized("linformer")) == Approx(8 * n * k * d - 4 * (n - k) * d * d));
  CHECK(core(Sized("linformer", {{"sharing", "kv"}})) ==
        Approx(6 * n * k * d - 4 * (n - k) * d * d));
  CHECK(core(Sized("linformer", {{"sharing", "none"}})) == Approx(8 * n * k * d));
  CHECK(core(Sized("linformer", {{"projection_place", "before"}})) ==
        Approx(8 * n * k * d - 4 * (n - k) * d * d));
  CHECK(core(Sized("linformer", {{"projection_place", "before"}, {"sharing", "kv"}})) ==
        Approx(6 * n * k * d - 4 * (n - k) * d * d));
  CHECK(core(Sized("linear")) == Approx(4 * n * d * d / h));
  CHECK(core(Sized("performer", {{"features", std::int64_t{6}}})) == Approx(8 * n * d * 6));
  CHECK(core(Sized("longformer",
                   {{"window", std::int64_t{2}}, {"global_tokens", std::int64_t{0}}})) ==
        Approx(4 * n * d * (2 * 2 + 1)));
  CHECK(core(Sized("longformer", {{"window", std::int64_t{2}},
                                  {"dilation", std::int64_t{8}},
                                  {"global_tokens", std::int64_t{0}}})) == Approx(4 * n * d * 2));
  // Segments of 3 that see up to 2 tokens before them and up to 3 slots; of 9 slots keys and
  // values.
  const double pairs = 3 * 3 + 3 * (1 + 2 + 3) + 3 * 3 * (3 + 2 + 3) + 1 * (3 + 2 + 1);
  CHECK(core(Sized("compressive", {{"compression_function", "mean"}})) ==
        Approx(4 * d * pairs + 2 * 2 * 9 * d * d));
  CHECK(core(Sized("fnet")) + projections == Approx(2.5 * n * d * std::log2(n * d)));
}

TEST_CASE("a layer multiplies what its closed form says", "[work]") {
  const Parameters run =
      GENERATE(Sized("full"), Sized("full-naive"), Sized("linformer"),
               Sized("linformer", {{"sharing", "none"}}), Sized("linformer", {{"sharing", "kv"}}),
               Sized("linformer", {{"projection_place", "before"}}),
               Sized("linformer", {{"projection_place", "before"}, {"sharing", "kv"}}),
               Sized("linformer", {{"sharing", "kv"}, {"positions", "infused"}}),
               Sized("linformer", {{"projection", "mean-pool"}}),
               Sized("linformer", {{"projection", "mean-pool"}, {"projection_place", "before"}}),
               Sized("compressive", {{"reconstruction_weight", 0.0}}),
               Sized("compressive", {{"compression_function", "mean"}}),
               Sized("full", {{"lora_rank", std::int64_t{3}}, {"lora_targets", "attention"}}));
  INFO(CanonicalJson(run));
  const Attention layer = LayerOf(run);
  CHECK(CountedFlops(layer, 3) == Approx(3 * layer->ForwardWork(kTokens).flops));
}

TEST_CASE("gradients that nobody needs are not reckoned", "[work]") {
  const double n = kTokens, d = kWidth, k = 4;
  const auto saved = [](const Parameters& run) {
    const Work forward = LayerOf(run)->ForwardWork(kTokens);
    return 3 * forward.flops - TrainingWork(forward).flops;
  };
  CHECK(saved(Sized("full")) == 0);
  CHECK(saved(Sized("linformer")) == 0);
  CHECK(saved(Sized("linformer", {{"projection", "random"}})) == Approx(4 * k * n * d));
  CHECK(saved(Sized("performer", {{"features", std::int64_t{6}}})) == Approx(4 * n * d * 6));
  CHECK(saved(Sized("fnet")) == Approx(2.5 * n * d * std::log2(n * d)));
}

TEST_CASE("in training a layer multiplies for its auxiliary loss too", "[work]") {
  const Attention layer = LayerOf(Sized("compressive"));
  const double without =
      LayerOf(Sized("compressive", {{"reconstruction_weight", 0.0}}))->ForwardWork(kTokens).flops;
  layer->to(torch::kFloat64);  // our own kernels do not call torch's products
  const torch::Tensor x = torch::ones({3, kTokens, kWidth}, torch::kFloat64);
  const double counted = ProductFlops([&] { layer->forward(x, {}); });
  CHECK(counted == Approx(3 * layer->ForwardWork(kTokens).flops));
  CHECK(counted > 3 * without);
}

TEST_CASE("kernel attention adds the normaliser that the literature leaves out", "[work]") {
  const auto extra = [](const Parameters& run) {
    const Attention layer = LayerOf(run);
    return CountedFlops(layer, 1) - layer->ForwardWork(kTokens).flops;
  };
  const double n = kTokens, features = 128;  // of a head's query, times their sum over the keys
  CHECK(extra(Sized("linear")) == Approx(2 * n * kWidth));
  CHECK(extra(Sized("performer")) == Approx(2 * n * kHeads * features));
  CHECK(extra(Sized("performer", {{"feature_kind", "hyperbolic"}})) ==
        Approx(2 * n * kHeads * 2 * features));
}

TEST_CASE("a band multiplies at most thrice what it must, cut into blocks", "[work]") {
  for (const std::int64_t dilation : {1, 4}) {
    const Attention layer = LayerOf(Sized("longformer", {{"window", std::int64_t{16}},
                                                         {"dilation", dilation},
                                                         {"global_tokens", std::int64_t{1}}}));
    const double must = 3 * layer->ForwardWork(kTokens).flops, does = CountedFlops(layer, 3);
    CAPTURE(dilation);
    CHECK(does >= must);
    CHECK(does <= 3 * must);
  }
}

TEST_CASE("scores pass through memory only where they are held whole", "[work]") {
  const double blocked = LayerOf(Sized("full"))->ForwardWork(kTokens).bytes;
  const double whole = LayerOf(Sized("full-naive"))->ForwardWork(kTokens).bytes;
  CHECK(whole - blocked == 2.0 * kHeads * kTokens * kTokens * 8);
}

TEST_CASE("a classifier's work is that of its layers", "[work]") {
  const auto work = [](const Parameters& run) {
    return BuildModel(testing::OptionsOf(run), 50, 2, 1).classifier->ForwardWork(kTokens);
  };
  const auto layers = [](const std::string& attention, std::int64_t count) {
    return Sized(attention, {{"layers", count}});
  };
  CHECK(work(layers("full", 3)).flops == Approx(3 * work(layers("full", 1)).flops));
  CHECK(work(Sized("none")).flops == 0);
  CHECK(work(Sized("none")).bytes == 4.0 * kTokens * kWidth);
  // Two directions of C / 2 states: input product n·C·4·C/2, recurrent one n·C/2·4·C/2.
  const double n = kTokens, d = kWidth;
  CHECK(work(layers("lstm", 1)).flops == Approx(2 * 2 * n * (2 * d * d + d * d)));
}

TEST_CASE("a machine's rates bound a time", "[work]") {
  const MachineRates rates{.flops_per_second = 100, .bytes_per_second = 10};
  CHECK(rates.SecondsFor({.flops = 50, .bytes = 20}) == 2.5);
  const MachineRates measured = MeasureRates();
  CHECK(measured.flops_per_second > 1e8);
  CHECK(measured.bytes_per_second > 1e8);
}

}  // namespace
}  // namespace sweepformer::model
