#include "model/recompute.h"

#include <catch2/catch.hpp>

#include "model/model_options.h"
#include "model/tensor_memory.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

using testing::TinyRun;
using testing::With;

TEST_CASE("what is computed again has the same result, gradients and draws", "[recompute]") {
  torch::manual_seed(1);
  const torch::Tensor x = torch::randn({4, 5}).requires_grad_();
  const torch::Tensor w = torch::randn({5, 5}).requires_grad_();
  int calls = 0;
  const auto function = [&](const torch::Tensor& same) {
    ++calls;
    return torch::dropout(torch::matmul(same, w).tanh(), 0.5, /*train=*/true);
  };
  const auto outcome = [&](const std::function<torch::Tensor()>& compute) {
    torch::manual_seed(2);
    const torch::Tensor out = compute(), next = torch::rand({3});
    w.mutable_grad() = x.mutable_grad() = torch::Tensor();
    out.pow(2).sum().backward();
    return std::vector{out, next, x.grad(), w.grad(), torch::rand({3})};
  };
  const auto direct = outcome([&] { return function(x); });
  CHECK(calls == 1);
  const auto again = outcome([&] { return Recomputed(x, function); });
  CHECK(calls == 3);
  for (std::size_t i = 0; i < direct.size(); ++i) CHECK(torch::equal(direct[i], again[i]));
}

TEST_CASE("parameters inside get gradients where the input needs none", "[recompute]") {
  const torch::Tensor x = torch::ones({2, 3}), w = torch::ones({3}).requires_grad_();
  Recomputed(x, [&](const torch::Tensor& same) { return same * w; }).sum().backward();
  CHECK(torch::equal(w.grad(), torch::full({3}, 2.0)));
  CHECK_FALSE(x.requires_grad());
}

TEST_CASE("without gradients nothing is computed again", "[recompute]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor out =
      Recomputed(torch::ones({2}), [](const torch::Tensor& x) { return 2 * x; });
  CHECK(torch::equal(out, torch::full({2}, 2.0)));
  CHECK_FALSE(out.requires_grad());
}

TEST_CASE("recomputation has the gradients of central differences", "[recompute]") {
  torch::manual_seed(3);
  const auto leaf = [](at::IntArrayRef shape) {
    return torch::randn(shape, torch::kFloat64).requires_grad_();
  };
  const torch::Tensor x = leaf({3, 4}), w = leaf({4, 4});
  const auto function = [&](const torch::Tensor& same) { return torch::matmul(same, w).sigmoid(); };
  CHECK(testing::GradientError([&] { return Recomputed(Recomputed(x, function), function); },
                               {x, w}) < 1e-6);
}

/// Three layers of each design, also where they share a bias or draw anew.
std::vector<Parameters> AllDesigns() {
  const Parameters three = {{"layers", std::int64_t{3}}, {"dropout", 0.3}};
  std::vector<Parameters> all = {
      TinyRun("performer", With(three, {{"redraw_interval", std::int64_t{1}}})),
      TinyRun("full", With(three, {{"positions", "relative"}, {"norm", "post"}}))};
  for (const AttentionDesign& design : AttentionDesigns()) {
    all.push_back(TinyRun(std::string(design.name), three));
  }
  return all;
}

/// All that a second step leaves behind: its gradients, buffers and the generator.
std::vector<torch::Tensor> AfterTwoSteps(const Parameters& parameters) {
  const Classifier model = BuildModel(testing::OptionsOf(parameters), 50, 2, 1).classifier;
  model->train();
  torch::manual_seed(4);
  for (int step = 0; step < 2; ++step) {
    model->zero_grad();
    model->forward(testing::Tokens({9, 3, 6}, 9, 50)).pow(2).sum().backward();
  }
  std::vector<torch::Tensor> state = {torch::rand({2})};
  for (const auto& parameter : model->parameters()) state.push_back(parameter.grad().clone());
  for (const auto& buffer : model->buffers()) state.push_back(buffer.clone());
  return state;
}

TEST_CASE("gradient checkpointing adds what layers share up in another order", "[recompute]") {
  const Parameters shared =
      TinyRun("linformer", {{"layers", std::int64_t{3}}, {"sharing", "layerwise"}});
  const auto without = AfterTwoSteps(shared);
  const auto with = AfterTwoSteps(With(shared, {{"gradient_checkpointing", std::int64_t{1}}}));
  for (std::size_t i = 0; i < with.size(); ++i) {
    CHECK(torch::allclose(with[i], without[i], 1e-4, 1e-6));
  }
}

TEST_CASE("gradient checkpointing changes no bit of any design's training", "[recompute]") {
  for (const Parameters& parameters : AllDesigns()) {
    const auto without = AfterTwoSteps(parameters);
    const auto with =
        AfterTwoSteps(testing::With(parameters, {{"gradient_checkpointing", std::int64_t{1}}}));
    CAPTURE(FormatValue(parameters.at("attention")));
    REQUIRE(with.size() == without.size());
    for (std::size_t i = 0; i < with.size(); ++i) CHECK(torch::equal(with[i], without[i]));
  }
}

/// Tensor bytes that a step takes at most beside the model.
std::int64_t PeakOf(std::int64_t layers, bool checkpointing) {
  Parameters parameters = TinyRun("full", {{"layers", layers}});
  if (checkpointing) parameters["gradient_checkpointing"] = std::int64_t{1};
  const Classifier model = BuildModel(testing::OptionsOf(parameters), 50, 2, 1).classifier;
  model->train();
  const torch::Tensor tokens = testing::Tokens(std::vector<std::int64_t>(64, 24), 24, 50);
  const auto step = [&] { model->forward(tokens).sum().backward(); };
  TensorMemory::Install();
  step();  // the gradients are there from now on
  TensorMemory::ResetPeak();
  const std::int64_t before = TensorMemory::live_bytes();
  step();
  return TensorMemory::peak_bytes() - before;
}

TEST_CASE("gradient checkpointing keeps the input of a layer and nothing else", "[recompute]") {
  const auto of_a_layer = [](bool checkpointing) {
    return (PeakOf(12, checkpointing) - PeakOf(4, checkpointing)) / 8;
  };
  const std::int64_t input = 64 * 24 * 16 * 4, generator = 8192;
  const std::int64_t with = of_a_layer(true), without = of_a_layer(false);
  CAPTURE(with, without);
  CHECK(with >= input);
  CHECK(with < input + generator);
  CHECK(without > 8 * input);
}

}  // namespace
}  // namespace sweepformer::model
