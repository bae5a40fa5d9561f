#include "model/classifier.h"

#include <catch2/catch.hpp>

#include "model/model_options.h"
#include "model/testing.h"
#include "orchestrator/core/run_config.h"

namespace sweepformer::model {
namespace {

using testing::MaxDifference;
using testing::Tokens;
using testing::With;

constexpr std::int64_t kVocab = 50;

/// In evaluation mode and float64, so that only true dependences show.
Classifier Make(const Parameters& parameters) {
  const Classifier made = BuildModel(testing::OptionsOf(parameters), kVocab, 2, 1).classifier;
  made->eval();
  made->to(torch::kFloat64);
  return made;
}

/// Every attention design with every pooling, both norms, and the bag.
std::vector<Parameters> AllDesigns() {
  std::vector<Parameters> all = {testing::TinyRun("none")};
  for (const char* pooling : {"mean", "cls", "max"}) {
    all.push_back(testing::TinyRun("lstm", {{"pooling", pooling}}));
  }
  all.push_back(testing::TinyRun("lstm", {{"direction", "forward"}}));
  for (const AttentionDesign& design : AttentionDesigns()) {
    const std::string attention(design.name);
    for (const char* pooling : {"mean", "cls", "max"}) {
      all.push_back(testing::TinyRun(attention, {{"pooling", pooling}}));
    }
    all.push_back(testing::TinyRun(attention, {{"norm", "post"}}));
    if (design.interior != Interior::kOther) {
      all.push_back(testing::TinyRun(attention, {{"positions", "infused"}}));
    }
    if (design.interior == Interior::kScores) {
      all.push_back(testing::TinyRun(attention, {{"positions", "relative"}}));
    }
  }
  for (const char* sharing : {"kv", "layerwise", "none"}) {
    all.push_back(testing::TinyRun("linformer", {{"sharing", sharing}}));
  }
  for (const char* projection : {"mean-pool", "max-pool", "convolution", "random"}) {
    all.push_back(testing::TinyRun("linformer", {{"projection", projection}}));
    all.push_back(testing::TinyRun("linformer",
                                   {{"projection", projection}, {"projection_place", "before"}}));
  }
  all.push_back(testing::TinyRun("linear", {{"feature_map", "relu"}}));
  for (const char* kind : {"hyperbolic", "trigonometric"}) {
    all.push_back(testing::TinyRun("performer", {{"feature_kind", kind}}));
  }
  all.push_back(testing::TinyRun("longformer", {{"window", std::int64_t{2}},
                                                {"dilation", std::int64_t{2}},
                                                {"global_tokens", std::int64_t{2}}}));
  for (const char* function : {"mean", "max"}) {
    all.push_back(testing::TinyRun(
        "compressive", {{"compression_function", function}, {"segment_view", "causal"}}));
  }
  return all;
}

TEST_CASE("logits depend neither on padding nor on the rest of the batch", "[classifier]") {
  const torch::NoGradGuard no_grad;
  const torch::Tensor batch = Tokens({9, 3, 6}, 9, kVocab);
  for (const Parameters& parameters : AllDesigns()) {
    const Classifier classifier = Make(parameters);
    const torch::Tensor together = classifier->forward(batch);
    for (const auto& [row, length] : {std::pair{0, 9}, std::pair{1, 3}, std::pair{2, 6}}) {
      const torch::Tensor alone = batch.narrow(0, row, 1).narrow(1, 0, length);
      const torch::Tensor padded =
          torch::cat({alone, torch::zeros({1, 24 - length}, torch::kInt64)}, 1);
      CHECK(MaxDifference(classifier->forward(alone), together.narrow(0, row, 1)) < 1e-12);
      CHECK(MaxDifference(classifier->forward(padded), together.narrow(0, row, 1)) < 1e-12);
    }
  }
}

TEST_CASE("an input of padding alone gives finite logits", "[classifier]") {
  const torch::NoGradGuard no_grad;
  for (const Parameters& parameters : AllDesigns()) {
    const torch::Tensor logits = Make(parameters)->forward(Tokens({4, 0}, 4, kVocab));
    CHECK(logits.isfinite().all().item<bool>());
  }
}

/// How far the logits move when the tokens are reversed.
double OrderMatters(const Parameters& parameters) {
  const torch::NoGradGuard no_grad;
  const Classifier classifier = Make(parameters);
  const torch::Tensor tokens = Tokens({9}, 9, kVocab);
  return MaxDifference(classifier->forward(tokens), classifier->forward(tokens.flip(1)));
}

TEST_CASE("token order is invisible without positions to designs without places of their own",
          "[classifier]") {
  CHECK(OrderMatters(testing::TinyRun("none")) < 1e-12);
  CHECK(OrderMatters(testing::TinyRun("full", {{"positions", "none"}})) < 1e-12);
  for (const char* attention : {"full-naive", "linear", "performer"}) {
    CHECK(OrderMatters(testing::TinyRun(attention, {{"positions", "none"}})) < 1e-10);
  }
  CHECK(OrderMatters(testing::TinyRun("full")) > 1e-6);
  CHECK(OrderMatters(testing::TinyRun("full", {{"positions", "sinusoidal"}})) > 1e-6);
  CHECK(OrderMatters(testing::TinyRun("linformer", {{"positions", "none"}})) > 1e-6);
  CHECK(OrderMatters(testing::TinyRun(
            "longformer", {{"positions", "none"}, {"window", std::int64_t{1}}})) > 1e-6);
  CHECK(OrderMatters(testing::TinyRun("lstm")) > 1e-6);
}

TEST_CASE("the first loss is the one of guessing", "[classifier]") {
  const torch::NoGradGuard no_grad;
  for (const Parameters& parameters : AllDesigns()) {
    CAPTURE(CanonicalJson(parameters));
    // Each input once with either label, so that no chance agreement of the two shows.
    const torch::Tensor once = Make(parameters)->forward(Tokens({9, 7, 4, 2}, 9, kVocab));
    const torch::Tensor logits = torch::cat({once, once});
    const torch::Tensor labels = torch::arange(8).div(4, "floor");
    CHECK(torch::cross_entropy_loss(logits, labels).item<double>() ==
          Approx(std::log(2.0)).margin(0.02));
  }
}

TEST_CASE("classifiers have the gradients of central differences", "[classifier]") {
  torch::manual_seed(7);
  const Parameters tiny = {{"d_model", std::int64_t{4}}, {"max_length", std::int64_t{8}}};
  const torch::Tensor tokens = Tokens({5, 2}, 5, 7);
  for (const Parameters& parameters :
       {testing::TinyRun("none", tiny),
        testing::TinyRun("full", With(tiny, {{"d_ff", std::int64_t{5}}})),
        testing::TinyRun("linformer", With(tiny, {{"d_ff", std::int64_t{5}}, {"pooling", "max"}})),
        testing::TinyRun("fnet", With(tiny, {{"d_ff", std::int64_t{5}}})),
        testing::TinyRun("lstm", tiny),
        testing::TinyRun("full", With(tiny, {{"d_ff", std::int64_t{5}}, {"pooling", "cls"}}))}) {
    const Classifier classifier = BuildModel(testing::OptionsOf(parameters), 7, 2, 1).classifier;
    classifier->to(torch::kFloat64);
    const auto leaves = classifier->parameters();
    CHECK(testing::GradientError([&] { return classifier->forward(tokens); }, leaves) < 1e-6);
  }
}

std::int64_t Count(const Parameters& parameters, std::int64_t vocab_size, std::int64_t classes) {
  const Model model = BuildModel(testing::OptionsOf(parameters), vocab_size, classes, 1);
  return CountParameters(*model.classifier);
}

TEST_CASE("classifiers have the parameters of published models of their shape", "[classifier]") {
  const Parameters shape = {{"d_model", std::int64_t{128}}, {"d_ff", std::int64_t{512}}};
  // Keras: three post-norm blocks, 512 learned positions, one output.
  CHECK(Count(testing::TinyRun("full", With(shape, {{"layers", std::int64_t{3}},
                                                    {"norm", "post"},
                                                    {"max_length", std::int64_t{512}}})),
              15'000, 1) == 2'580'481);
  // haru-256/ml-sandbox: one pre-norm block, 513 positions, one output.
  CHECK(Count(testing::TinyRun("full", With(shape, {{"max_length", std::int64_t{513}}})), 10'003,
              1) == 1'544'705);
  // Keras: the same with FNet blocks.
  CHECK(Count(testing::TinyRun("fnet", With(shape, {{"layers", std::int64_t{3}},
                                                    {"norm", "post"},
                                                    {"max_length", std::int64_t{512}}})),
              15'000, 1) == 2'382'337);
  CHECK(Count(testing::TinyRun("none", {{"d_model", std::int64_t{10}}}), 100, 2) == 1'000 + 22);
}

TEST_CASE("linformer adds its projections to full attention and nothing else", "[classifier]") {
  const auto count = [](const char* attention, const Parameters& more) {
    const Parameters two_layers = With({{"layers", std::int64_t{2}}}, more);
    return Count(testing::TinyRun(attention, two_layers), kVocab, 2);
  };
  const std::int64_t full = count("full", {}), n_k = 24 * 6;
  CHECK(count("linformer", {{"sharing", "headwise"}}) - full == 2 * 2 * n_k);
  CHECK(count("linformer", {{"sharing", "kv"}}) - full == 2 * n_k);
  CHECK(count("linformer", {{"sharing", "layerwise"}}) - full == n_k);
  CHECK(count("linformer", {{"sharing", "none"}}) - full == 2 * 2 * 2 * n_k);
}

TEST_CASE("a bag averages the embeddings of real tokens", "[classifier]") {
  const torch::NoGradGuard no_grad;
  const Classifier bag = Make(testing::TinyRun("none"));
  const auto parameters = bag->named_parameters();
  const torch::Tensor tokens = torch::tensor({{5, 9, 9, 0}});
  const torch::Tensor e = parameters["embedding.weight"];
  const torch::Tensor mean = (e[5] + 2 * e[9]) / 3;
  const torch::Tensor expected =
      torch::matmul(parameters["classifier.weight"], mean) + parameters["classifier.bias"];
  CHECK(MaxDifference(bag->forward(tokens)[0], expected) < 1e-12);
}

TEST_CASE("a pad mask marks padding and is undefined where there is none", "[classifier]") {
  CHECK(torch::equal(PadMask(Tokens({3, 1}, 3, kVocab)), testing::PadAfter({3, 1}, 3)));
  CHECK_FALSE(PadMask(Tokens({3, 3}, 3, kVocab)).defined());
}

TEST_CASE("a token is of the second sentence behind the separator", "[classifier][segments]") {
  const torch::Tensor tokens =
      torch::tensor({{2, 5, 3, 6, 0}, {2, 3, 7, 8, 9}, {2, 5, 6, 7, 8}}, torch::kInt64);
  const torch::Tensor expected =
      torch::tensor({{0, 0, 0, 1, 1}, {0, 0, 1, 1, 1}, {0, 0, 0, 0, 0}}, torch::kInt64);
  CHECK(torch::equal(SegmentsOf(tokens), expected));
}

TEST_CASE("segments are learned of pairs only and change nothing else", "[classifier][segments]") {
  ModelOptions options = testing::OptionsOf(testing::TinyRun("full"));
  const Classifier without = BuildModel(options, kVocab, 2, 1).classifier;
  options.segments = true;
  const Classifier with = BuildModel(options, kVocab, 2, 1).classifier;
  const auto named = with->named_parameters();
  for (const auto& item : without->named_parameters()) {
    if (item.key() == "positions.weight") continue;  // drawn after them
    CHECK(torch::equal(item.value(), named[item.key()]));
  }
  CHECK(named.size() == without->named_parameters().size() + 1);
  CHECK(CountParameters(*with) - CountParameters(*without) == 2 * options.encoder.d_model);
}

TEST_CASE("the same words in the other sentence are another pair", "[classifier][segments]") {
  const torch::NoGradGuard no_grad;
  ModelOptions options = testing::OptionsOf(testing::TinyRun("full", {{"positions", "none"}}));
  options.segments = true;
  const Classifier model = BuildModel(options, kVocab, 2, 1).classifier;
  model->eval();
  const torch::Tensor one = torch::tensor({{2, 5, 6, 3, 7}}, torch::kInt64);
  const torch::Tensor other = torch::tensor({{2, 5, 3, 6, 7}}, torch::kInt64);
  CHECK(MaxDifference(model->forward(one), model->forward(other)) > 1e-6);
  options.segments = false;
  const Classifier blind = BuildModel(options, kVocab, 2, 1).classifier;
  blind->eval();
  CHECK(MaxDifference(blind->forward(one), blind->forward(other)) < 1e-6);
}

}  // namespace
}  // namespace sweepformer::model
