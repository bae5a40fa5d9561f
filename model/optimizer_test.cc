#include "model/optimizer.h"

#include <torch/nn/utils/clip_grad.h>
#include <torch/optim/adamw.h>

#include <catch2/catch.hpp>

#include <map>
#include <set>

#include "model/model_options.h"
#include "model/testing.h"

namespace sweepformer::model {
namespace {

Model TinyModel(const std::string& attention, const Parameters& more = {}) {
  ModelOptions options = testing::OptionsOf(testing::TinyRun(attention, more));
  options.segments = true;
  return BuildModel(options, 50, 2, 1);
}

/// Names of the parameters that change in a step with zero gradients: those weight decay pulls on.
std::set<std::string> Decayed(const std::string& attention, const Parameters& more = {}) {
  const Model model = TinyModel(attention, more);
  for (auto& parameter : model.classifier->parameters()) {
    const torch::NoGradGuard no_grad;
    parameter.add_(1.0);  // away from zero, where decay would not show
    parameter.mutable_grad() = torch::zeros_like(parameter);
  }
  std::map<std::string, torch::Tensor> before;
  for (const auto& named : model.classifier->named_parameters()) {
    before[named.key()] = named.value().detach().clone();
  }
  AdamW(*model.classifier, /*weight_decay=*/0.5).Step(0.1);
  std::set<std::string> changed;
  for (const auto& named : model.classifier->named_parameters()) {
    if (!torch::equal(named.value(), before[named.key()])) changed.insert(named.key());
  }
  return changed;
}

TEST_CASE("weight decay pulls on matrices but not on embeddings, norms and biases", "[optimizer]") {
  const std::string layer = "encoder.layers.0.";
  CHECK(
      Decayed("linformer") ==
      std::set<std::string>{"classifier.weight", layer + "linear1.weight", layer + "linear2.weight",
                            layer + "self_attn.E", layer + "self_attn.F",
                            layer + "self_attn.k_proj.weight", layer + "self_attn.out_proj.weight",
                            layer + "self_attn.q_proj.weight", layer + "self_attn.v_proj.weight"});
  CHECK(Decayed("none") == std::set<std::string>{"classifier.weight"});
  for (const std::string& name : Decayed("full", {{"positions", std::string("relative")}})) {
    INFO(name);
    CHECK((name == "classifier.weight" || name.starts_with(layer + "linear") ||
           name.ends_with("_proj.weight")));
  }
}

TEST_CASE("steps equal those of torch's AdamW", "[optimizer]") {
  torch::manual_seed(8);
  torch::nn::Linear ours(300, 200), theirs(300, 200);  // more numbers than a block has
  {
    const torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight);
    theirs->bias.copy_(ours->bias);
  }
  AdamW optimizer(*ours, /*weight_decay=*/0.1);
  torch::optim::AdamW weights({theirs->weight}, torch::optim::AdamWOptions(0.01).weight_decay(0.1));
  torch::optim::AdamW biases({theirs->bias}, torch::optim::AdamWOptions(0.01).weight_decay(0.0));
  for (int step = 0; step < 20; ++step) {
    const torch::Tensor x = torch::randn({4, 300});
    optimizer.ClearGradients();
    theirs->zero_grad();
    ours(x).pow(2).mean().backward();
    theirs(x).pow(2).mean().backward();
    optimizer.Step(0.01);
    weights.step();
    biases.step();
  }
  CHECK(testing::MaxDifference(ours->weight, theirs->weight) < 1e-5);
  CHECK(testing::MaxDifference(ours->bias, theirs->bias) < 1e-5);
}

TEST_CASE("a parameter whose gradients come late begins then, as torch's does", "[optimizer]") {
  torch::manual_seed(8);
  torch::nn::Linear ours(30, 20), theirs(30, 20);
  {
    const torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight);
    theirs->bias.copy_(ours->bias);
  }
  AdamW optimizer(*ours, 0.0);
  torch::optim::AdamW reference(theirs->parameters(),
                                torch::optim::AdamWOptions(0.01).weight_decay(0.0));
  for (int step = 0; step < 20; ++step) {
    const torch::Tensor x = torch::randn({4, 30});
    for (torch::nn::Linear linear : {ours, theirs}) {
      for (torch::Tensor& parameter : linear->parameters()) parameter.mutable_grad().reset();
      linear->forward(x).pow(2).mean().backward();
      if (step < 10) linear->bias.mutable_grad().reset();
    }
    optimizer.Step(0.01);
    reference.step();
  }
  CHECK(testing::MaxDifference(ours->weight, theirs->weight) < 1e-5);
  CHECK(testing::MaxDifference(ours->bias, theirs->bias) < 1e-5);
}

TEST_CASE("long gradients count as if clipped, by torch's rule", "[optimizer]") {
  torch::nn::Linear ours(3, 2), theirs(3, 2);
  {
    const torch::NoGradGuard no_grad;
    theirs->weight.copy_(ours->weight);
    theirs->bias.copy_(ours->bias);
  }
  AdamW clipping(*ours, 0.0), plain(*theirs, 0.0);
  for (const double size : {0.01, 30.0, 2.0}) {  // the first is not long
    for (const auto& linear : {ours, theirs}) {
      linear->weight.mutable_grad() = torch::full({2, 3}, size);
      linear->bias.mutable_grad() = torch::full({2}, -size);
    }
    torch::nn::utils::clip_grad_norm_(theirs->parameters(), 0.5);
    clipping.Step(0.1, 0.5);
    plain.Step(0.1);
  }
  CHECK(testing::MaxDifference(ours->weight, theirs->weight) < 1e-6);
  CHECK(testing::MaxDifference(ours->bias, theirs->bias) < 1e-6);
}

TEST_CASE("decay is decoupled from the gradient and scaled by the learning rate", "[optimizer]") {
  torch::nn::Linear linear(2, 2);
  const torch::Tensor before = linear->weight.detach().clone();
  linear->weight.mutable_grad() = torch::zeros_like(linear->weight);
  AdamW(*linear, /*weight_decay=*/0.5).Step(0.1);
  CHECK(testing::MaxDifference(linear->weight, before * (1 - 0.1 * 0.5)) < 1e-7);
}

TEST_CASE("a parameter without a gradient stays as it is", "[optimizer]") {
  torch::nn::Linear linear(2, 2);
  const torch::Tensor before = linear->weight.detach().clone();
  linear->weight.mutable_grad() = torch::ones_like(linear->weight);
  AdamW optimizer(*linear, /*weight_decay=*/0.5);
  optimizer.ClearGradients();
  optimizer.Step(0.1);
  CHECK(torch::equal(linear->weight, before));
}

}  // namespace
}  // namespace sweepformer::model
