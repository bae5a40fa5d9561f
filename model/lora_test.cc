#include "model/lora.h"

#include <catch2/catch.hpp>

#include <torch/nn/utils/convert_parameters.h>

#include <map>
#include <set>

#include "datasets/testing.h"
#include "model/model_options.h"
#include "model/optimizer.h"
#include "model/run_recorder.h"
#include "model/testing.h"
#include "model/trainer.h"
#include "model/weights.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::Plain;
using testing::RecordRun;
using testing::RunRecorder;
using testing::Tokens;
using testing::With;

constexpr std::int64_t kVocab = 50;

Parameters AdaptedRun(const std::string& attention, const Parameters& more = {}) {
  const bool projects = attention != "fnet";
  return testing::TinyRun(attention, With({{"lora_rank", std::int64_t{2}},
                                           {"lora_targets", projects ? "all" : "feed-forward"}},
                                          more));
}

Classifier Build(const Parameters& parameters) {
  return BuildModel(testing::OptionsOf(parameters), kVocab, 2, 1).classifier;
}

std::vector<std::string> Designs() {
  std::vector<std::string> names;
  for (const AttentionDesign& design : AttentionDesigns()) names.emplace_back(design.name);
  return names;
}

/// The layers that carry an adapter.
std::set<std::string> AdaptedLayers(const Parameters& parameters) {
  const std::string layer = "encoder.layers.0.";
  std::set<std::string> layers;
  for (const auto& named : Build(parameters)->named_parameters()) {
    const std::string& name = named.key();
    if (!name.ends_with(".lora_A")) continue;
    layers.insert(name.substr(layer.size(), name.size() - layer.size() - 7));
  }
  return layers;
}

TEST_CASE("adapters stand where lora_targets says", "[lora]") {
  const auto layers = [](const std::string& attention, const std::string& targets) {
    return AdaptedLayers(AdaptedRun(attention, {{"lora_targets", targets}}));
  };
  using Set = std::set<std::string>;
  const Set feed_forward = {"linear1", "linear2"};
  CHECK(layers("full", "query-value") == Set{"self_attn.q_proj", "self_attn.v_proj"});
  CHECK(layers("full", "feed-forward") == feed_forward);
  CHECK(layers("full", "attention") ==
        Set{"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj"});
  CHECK(layers("full", "all").size() == 6);
  CHECK(layers("fnet", "all") == feed_forward);
  CHECK(layers("longformer", "query-value") == Set{"self_attn.q_proj", "self_attn.v_proj",
                                                   "self_attn.global_q_proj",
                                                   "self_attn.global_v_proj"});
}

TEST_CASE("every design begins with adapters as it does without", "[lora]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor tokens = Tokens({9, 3, 6}, 9, kVocab);
  for (const std::string& attention : Designs()) {
    CAPTURE(attention);
    const Classifier plain = Build(testing::TinyRun(attention));
    const Classifier adapted = Build(AdaptedRun(attention));
    plain->eval();
    adapted->eval();
    CHECK(torch::equal(adapted->forward(tokens), plain->forward(tokens)));
    for (const auto& named : plain->named_parameters()) {
      CHECK(torch::equal(adapted->named_parameters()[named.key()], named.value()));
    }
  }
}

TEST_CASE("only adapters and the last layer learn, whatever the design", "[lora]") {
  const torch::Tensor tokens = Tokens({9, 3, 6}, 9, kVocab);
  for (const std::string& attention : Designs()) {
    CAPTURE(attention);
    const Classifier adapted = Build(AdaptedRun(attention));
    adapted->forward(tokens).sum().backward();
    std::int64_t learning = 0;
    for (const auto& named : adapted->named_parameters()) {
      CAPTURE(named.key());
      const bool adapter = named.key().find("lora_") != std::string::npos;
      const bool learns = adapter || named.key().starts_with("classifier.");
      CHECK(named.value().requires_grad() == learns);
      CHECK(named.value().grad().defined() == learns);
      if (learns) learning += named.value().numel();
    }
    CHECK(CountTrainableParameters(*adapted) == learning);
    const std::int64_t adapters = learning - (2 * 16 + 2);
    CHECK(CountParameters(*adapted) - adapters ==
          CountParameters(*Build(testing::TinyRun(attention))));
  }
}

TEST_CASE("a rank r on two matrices of width C has 2 r (C + C) parameters", "[lora]") {
  const Parameters run = AdaptedRun("full", {{"lora_targets", "query-value"}});
  CHECK(CountTrainableParameters(*Build(run)) == 2 * 2 * (16 + 16) + 2 * 16 + 2);
  CHECK(CountTrainableParameters(*Build(testing::TinyRun("full"))) ==
        CountParameters(*Build(testing::TinyRun("full"))));
}

TEST_CASE("the optimizer neither keeps moments for frozen weights nor decays them", "[lora]") {
  const Classifier adapted = Build(AdaptedRun("full"));
  std::map<std::string, torch::Tensor> before;
  for (const auto& named : adapted->named_parameters()) {
    before[named.key()] = named.value().detach().clone();
    named.value().mutable_grad() = torch::ones_like(named.value().detach());
  }
  AdamW optimizer(*adapted, /*weight_decay=*/0.5);
  optimizer.Step(0.1);
  StateArchive archive;
  optimizer.Visit(archive);
  for (const auto& named : adapted->named_parameters()) {
    CAPTURE(named.key());
    const bool learns = named.value().requires_grad();
    CHECK(torch::equal(named.value(), before[named.key()]) != learns);
    CHECK(archive.file().tensors.contains("optimizer.mean." + named.key()) == learns);
  }
}

/// As after training: no adapter is zero.
Classifier Trained(const Parameters& parameters) {
  const Classifier model = Build(parameters);
  const torch::NoGradGuard no_grad;
  torch::manual_seed(9);
  for (auto& parameter : TrainableParameters(*model)) parameter.normal_(0, 0.3);
  model->eval();
  return model;
}

TEST_CASE("a merged model computes what the adapted one does, in all designs", "[lora]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor tokens = Tokens({9, 3, 6}, 9, kVocab);
  for (const std::string& attention : Designs()) {
    CAPTURE(attention);
    const Classifier model = Trained(AdaptedRun(attention));
    model->to(torch::kFloat64);
    const torch::Tensor apart = model->forward(tokens);
    const torch::Tensor before = torch::nn::utils::parameters_to_vector(model->parameters());
    MergeAdapters(*model);
    CHECK(MaxDifference(model->forward(tokens), apart) < 1e-10);
    CHECK_FALSE(torch::equal(torch::nn::utils::parameters_to_vector(model->parameters()), before));
  }
}

TEST_CASE("an adapted layer has the gradients of central differences", "[lora]") {
  torch::manual_seed(7);
  const Parameters tiny = {{"d_model", std::int64_t{4}},
                           {"d_ff", std::int64_t{5}},
                           {"lora_alpha", 3.0},
                           {"max_length", std::int64_t{8}}};
  const torch::Tensor tokens = Tokens({5, 2}, 5, kVocab);
  for (const char* attention : {"full", "linformer", "longformer", "fnet"}) {
    const Classifier model = Trained(AdaptedRun(attention, tiny));
    model->to(torch::kFloat64);
    CHECK(testing::GradientError([&] { return model->forward(tokens); },
                                 TrainableParameters(*model)) < 1e-6);
  }
}

datasets::Vocabulary Words() { return datasets::VocabularyOf("b a c a"); }

Classifier OfWords(const Parameters& parameters, std::int64_t seed) {
  const std::int64_t size = Words().size();
  return BuildModel(testing::OptionsOf(parameters), size, 2, seed).classifier;
}

TEST_CASE("weights with adapters go into a model without, merged", "[lora][weights]") {
  const torch::NoGradGuard no_grad;
  const Parameters run = AdaptedRun("full", {{"lora_alpha", 5.0}});
  const Classifier adapted = OfWords(run, 1);
  for (auto& parameter : TrainableParameters(*adapted)) parameter.normal_(0, 0.3);
  const TensorFile file = WeightsOf(*adapted, Words(), {"cafe"});
  CHECK(file.metadata.at("lora_alpha") == "5");
  CHECK(file.tensors.contains("encoder.layers.0.self_attn.q_proj.lora_A"));
  const Classifier plain = OfWords(testing::TinyRun("full"), 2);
  const auto report = LoadWeights(file, Words(), *plain);
  REQUIRE(report.ok());
  CHECK(report.value().loaded_share == 1);
  CHECK(report.value().merged == 6);
  CHECK(report.value().Lines().size() == 2);
  const torch::Tensor tokens = torch::tensor({{1, 2, 3, 4}});
  adapted->eval();
  plain->eval();
  CHECK(MaxDifference(plain->forward(tokens), adapted->forward(tokens)) < 1e-5);
}

TEST_CASE("weights with adapters go into a model with other adapters", "[lora][weights]") {
  const torch::NoGradGuard no_grad;
  const Classifier parent = OfWords(AdaptedRun("full", {{"lora_alpha", 5.0}}), 1);
  for (auto& parameter : TrainableParameters(*parent)) parameter.normal_(0, 0.3);
  const TensorFile file = WeightsOf(*parent, Words(), {"cafe"});
  const Classifier child = OfWords(
      AdaptedRun("full", {{"lora_rank", std::int64_t{4}}, {"lora_targets", "query-value"}}), 2);
  const auto report = LoadWeights(file, Words(), *child);
  REQUIRE(report.ok());
  CHECK(report.value().missing.size() == 4);  // A and B of two layers stay as drawn
  const torch::Tensor tokens = torch::tensor({{1, 2, 3, 4}});
  parent->eval();
  child->eval();
  CHECK(MaxDifference(child->forward(tokens), parent->forward(tokens)) < 1e-5);
}

TEST_CASE("adapters that cannot be merged are refused", "[lora][weights]") {
  const torch::Tensor weight = torch::zeros({3, 4});
  const auto refusal = [&](const torch::Tensor& a, const torch::Tensor& b,
                           const std::string& alpha) {
    TensorFile file{{{"x.weight", weight}, {"x.lora_A", a}, {"x.lora_B", b}}, {}};
    if (!alpha.empty()) file.metadata["lora_alpha"] = alpha;
    return MergeAdapters(file).status().message();
  };
  const torch::Tensor a = torch::zeros({2, 4}), b = torch::zeros({3, 2});
  CHECK(refusal(a, b, "1").empty());
  CHECK(refusal(a, b, "").starts_with("holds low-rank adapters, but its metadata do not say"));
  CHECK(refusal(a, b, "1x").starts_with("holds low-rank adapters, but its metadata do not say"));
  CHECK(refusal(a, a, "1") == "x.lora_A (2×4) and x.lora_B (2×4) are no update of x.weight (3×4)");
  CHECK(refusal(torch::zeros({0, 4}), torch::zeros({3, 0}), "1") ==
        "x.lora_A (0×4) and x.lora_B (3×0) are no update of x.weight (3×4)");
}

/// A run that has finished and kept its weights.
struct Finished {
  explicit Finished(RunInput input) {
    input.run = "parent";
    input.keep_weights = folder / "weights";
    run = RecordRun(input);
  }
  RunRecorder Child(const Parameters& parameters) const {
    RunInput input = Plain(parameters, /*seed=*/2);
    input.init_from = folder / "weights";
    input.parent = "parent";
    return RecordRun(input);
  }

  sweepformer::testing::TempFolder folder;
  RunRecorder run;
};

TEST_CASE("a run adapts what its parent had learned", "[lora][run]") {
  const Parameters learn = {{"epochs", std::int64_t{3}}, {"lr", 0.01}};
  const Finished parent(Plain(testing::TinyRun("full", learn)));
  const RunRecorder child = parent.Child(AdaptedRun("full", learn));
  const auto& valid = child.history.at("valid_accuracy/valid");
  CHECK(valid.front().second == parent.run.metrics.at("valid_accuracy"));
  const double adapters = 2 * (4 * (16 + 16) + 2 * (16 + 32)), head = 2 * 16 + 2;
  CHECK(child.metrics.at("trainable_parameters") == adapters + head);
  CHECK(child.metrics.at("parameters") == parent.run.metrics.at("parameters") + adapters);
  CHECK(child.metrics.at("init_loaded_share") ==
        Approx(1 - adapters / child.metrics.at("parameters")));
  CHECK(child.metrics.at("train_flops") < parent.run.metrics.at("train_flops"));
  CHECK(child.metrics.at("peak_tensor_bytes") < parent.run.metrics.at("peak_tensor_bytes"));
  CHECK(child.log.back().starts_with("  not taken, stays as drawn: encoder.layers.0.self_attn"));
  CHECK(child.notes.empty());
}

TEST_CASE("a run of any kind begins with what an adapted parent had learned", "[lora][run]") {
  const Parameters learn = {{"epochs", std::int64_t{3}}, {"lr", 0.03}};
  const Finished parent(Plain(AdaptedRun("full", learn)));
  CHECK(parent.run.notes ==
        std::vector<std::string>{"lora_rank > 0 and no run to start from: the weights that are "
                                 "adapted stay as they were drawn"});
  for (const Parameters& run :
       {testing::TinyRun("full", learn), AdaptedRun("full", learn),
        AdaptedRun("full", With(learn, {{"lora_alpha", 1.0}, {"lora_rank", std::int64_t{3}}}))}) {
    const RunRecorder child = parent.Child(run);
    // To rounding, so a review on the edge may fall to the other side.
    CHECK(child.history.at("valid_loss/valid").front().second ==
          Approx(parent.run.history.at("valid_loss/valid")
                     .at(static_cast<std::size_t>(parent.run.metrics.at("best_epoch")) - 1)
                     .second)
              .epsilon(1e-4));
  }
}

TEST_CASE("ranks and targets that mean nothing are refused", "[lora]") {
  const auto refusal = [](const Parameters& parameters) {
    return ResolveParameters(parameters).status().message();
  };
  CHECK(refusal({{"lora_rank", std::int64_t{129}}}) ==
        "lora_rank (129) is larger than d_model (128), the rank that the weights have at most; "
        "lower it");
  CHECK(refusal({{"lora_alpha", 1.0}}).starts_with("parameter 'lora_alpha' has no effect here"));
  CHECK(refusal({{"attention", "fnet"}, {"lora_rank", std::int64_t{2}}}) ==
        "attention 'fnet' has no projections to adapt; type lora_targets = 'feed-forward'");
  CHECK(refusal({{"attention", "lstm"}, {"lora_rank", std::int64_t{2}}})
            .starts_with("parameter 'lora_rank' has no effect here"));
  CHECK(ResolveParameters(AdaptedRun("fnet")).ok());
}

TEST_CASE("a rank of zero is no adapter, and one that is not given is no parameter", "[lora]") {
  const Parameters zero = testing::TinyRun("full", {{"lora_rank", std::int64_t{0}}});
  CHECK_FALSE(testing::OptionsOf(zero).lora.has_value());
  CHECK_FALSE(ResolveParameters(zero).value().contains("lora_alpha"));
  CHECK_FALSE(ResolveParameters(testing::TinyRun("full")).value().contains("lora_rank"));
}

}  // namespace
}  // namespace sweepformer::model
