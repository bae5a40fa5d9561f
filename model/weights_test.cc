#include "model/weights.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>

#include "datasets/testing.h"
#include "model/model_options.h"
#include "model/testing.h"
#include "orchestrator/core/file.h"
#include "orchestrator/core/testing.h"

namespace sweepformer::model {
namespace {

using testing::FormatSafetensors;
using testing::TinyRun;

datasets::Vocabulary WordsOf(const char* text) { return datasets::VocabularyOf(text); }

Classifier Make(const Parameters& parameters, const datasets::Vocabulary& vocabulary,
                std::int64_t seed) {
  return BuildModel(testing::OptionsOf(parameters), vocabulary.size(), 2, seed).classifier;
}

torch::Tensor Parameter(const Classifier& classifier, const std::string& name) {
  return classifier->named_parameters()[name].detach();
}

TEST_CASE("weights go to a file and into a model of the same kind", "[weights]") {
  const sweepformer::testing::TempFolder folder;
  const auto vocabulary = WordsOf("b a c a");
  for (const char* attention : {"full", "linformer", "none"}) {
    const Classifier one = Make(TinyRun(attention), vocabulary, 1);
    const Classifier two = Make(TinyRun(attention), vocabulary, 2);
    REQUIRE(SaveWeights(*one, vocabulary, {"cafe"}, folder / "w").ok());
    const auto report = LoadWeights(ReadWeightsOf("cafe", folder / "w").value(), vocabulary, *two);
    REQUIRE(report.ok());
    CHECK(report.value().loaded_share == 1);
    CHECK(report.value().Lines().size() == 1);
    for (const auto& parameter : one->named_parameters()) {
      CHECK(torch::equal(parameter.value(), Parameter(two, parameter.key())));
    }
  }
}

TEST_CASE("weights that were altered or cut on disk are refused with what to do", "[weights]") {
  const sweepformer::testing::TempFolder folder;
  const auto vocabulary = WordsOf("b a c a");
  REQUIRE(
      SaveWeights(*Make(TinyRun("full"), vocabulary, 1), vocabulary, {"cafe"}, folder / "w").ok());
  const std::string whole = ReadFile(folder / "w").value();
  const auto refusal = [&](const std::string& run, const std::string& bytes) {
    std::ofstream(folder / "w", std::ios::binary) << bytes;
    return ReadWeightsOf(run, folder / "w").status().message();
  };
  const std::string remedy = "the file is damaged: remove it and run the same command again";
  CHECK(refusal("cafe", whole).empty());
  std::string number = whole, maker = whole;
  number[number.size() - 40] ^= 1;
  maker.replace(maker.find("cafe"), 4, "fade");
  for (const std::string& bytes : {number, maker}) {
    const std::string message = refusal("cafe", bytes);
    CHECK(message.find("w: it was altered: its checksum does not fit") != std::string::npos);
    CHECK(message.find(remedy) != std::string::npos);
  }
  CHECK(refusal("", number).find("checksum") != std::string::npos);
  CHECK(refusal("", number).find(remedy) == std::string::npos);  // nobody can make it anew
  CHECK(refusal("cafe", whole.substr(0, whole.size() / 2)).find(remedy) != std::string::npos);
  TensorFile plain = ParseSafetensors(whole).value();
  REQUIRE(plain.metadata.erase("xxh3_128") == 1);
  CHECK(refusal("cafe", FormatSafetensors(plain)).empty());
}

TEST_CASE("a Longformer that starts from full attention computes what its parent does",
          "[weights]") {
  const auto vocabulary = WordsOf("b a c a");
  const Classifier parent = Make(TinyRun("full"), vocabulary, 1);
  const Classifier child =
      Make(TinyRun("longformer", {{"window", std::int64_t{24}}}), vocabulary, 2);
  const auto report = LoadWeights(WeightsOf(*parent, vocabulary, {""}), vocabulary, *child);
  CHECK(report.value().loaded_share == 1);
  parent->eval();
  child->eval();
  const torch::Tensor tokens = torch::tensor({{2, 4, 5, 6}});
  CHECK(testing::MaxDifference(child->forward(tokens), parent->forward(tokens)) < 1e-5);
}

TEST_CASE("the file has the names of the same model in PyTorch and the words", "[weights]") {
  const auto vocabulary = WordsOf("b a c a");
  const TensorFile file = WeightsOf(*Make(TinyRun("full"), vocabulary, 1), vocabulary, {"cafe"});
  for (const char* name :
       {"embedding.weight", "positions.weight", "encoder.layers.0.self_attn.q_proj.weight",
        "encoder.layers.0.linear1.bias", "encoder.norm.weight", "classifier.weight"}) {
    CHECK(file.tensors.contains(name));
  }
  const torch::Tensor words = file.tensors.at("vocabulary");
  CHECK(std::string(static_cast<const char*>(words.data_ptr()), words.nbytes()) == "a\nb\nc\n");
  CHECK(file.metadata.at("run") == "cafe");
}

TEST_CASE("weights of another part of the same data are told of", "[weights]") {
  const auto origin = [](const char* data, std::int64_t split_seed) {
    const Parameters parameters = {{"split_seed", split_seed}, {"max_length", split_seed}};
    return WeightsOrigin{"cafe", data, PartOf(parameters)};
  };
  const auto vocabulary = WordsOf("b a c a");
  const Classifier model = Make(TinyRun("none"), vocabulary, 1);
  const TensorFile file = WeightsOf(*model, vocabulary, origin("d", 0));
  CHECK(SeenElsewhere(file, origin("d", 0)).empty());
  CHECK(SeenElsewhere(file, origin("other", 1)).empty());
  CHECK(SeenElsewhere(file, origin("d", 1)) ==
        "the weights it starts from were trained on another part of the same data "
        "({\"split_seed\":0}, here {\"split_seed\":1}): it may be tested on what they have seen");
}

TEST_CASE("rows of the embedding follow their words into another vocabulary", "[weights]") {
  const auto before = WordsOf("b a c a"), after = WordsOf("d d d c c b");
  const Classifier parent = Make(TinyRun("none"), before, 1);
  const Classifier child = Make(TinyRun("none"), after, 2);
  const torch::Tensor drawn = Parameter(child, "embedding.weight").clone();
  const auto report = LoadWeights(WeightsOf(*parent, before, {""}), after, *child);
  REQUIRE(report.ok());
  const torch::Tensor from = Parameter(parent, "embedding.weight");
  const torch::Tensor into = Parameter(child, "embedding.weight");
  for (const char* word : {"b", "c"}) {
    CHECK(torch::equal(into[after.Id(word)], from[before.Id(word)]));
  }
  CHECK(torch::equal(into[after.Id("d")], drawn[after.Id("d")]));
  CHECK(torch::equal(into[datasets::kUnknown], from[datasets::kUnknown]));
  CHECK(report.value().partly == std::vector<std::string>{"embedding.weight: 6 of 7 rows"});
  CHECK(report.value().loaded_share == (6.0 * 16 + 34) / (7.0 * 16 + 34));
}

TEST_CASE("positions keep their places in a longer or shorter model", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const auto of_length = [&](std::int64_t length, std::int64_t seed) {
    return Make(TinyRun("full", {{"max_length", length}}), vocabulary, seed);
  };
  for (const auto& [before, after] : {std::pair{8, 12}, std::pair{12, 8}}) {
    const Classifier parent = of_length(before, 1), child = of_length(after, 2);
    REQUIRE(LoadWeights(WeightsOf(*parent, vocabulary, {""}), vocabulary, *child).ok());
    CHECK(torch::equal(Parameter(child, "positions.weight").narrow(0, 0, 8),
                       Parameter(parent, "positions.weight").narrow(0, 0, 8)));
  }
}

TEST_CASE("a Linformer's projection keeps its columns in a longer or shorter model", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const auto of_length = [&](std::int64_t length, const char* sharing, std::int64_t seed) {
    return Make(TinyRun("linformer", {{"max_length", length},
                                      {"compression", std::int64_t{length / 4}},
                                      {"sharing", sharing}}),
                vocabulary, seed);
  };
  for (const char* sharing : {"headwise", "none"}) {
    for (const auto& [before, after] : {std::pair{8, 12}, std::pair{12, 8}}) {
      CAPTURE(sharing, before, after);
      const Classifier parent = of_length(before, sharing, 1), child = of_length(after, sharing, 2);
      const auto report = LoadWeights(WeightsOf(*parent, vocabulary, {""}), vocabulary, *child);
      REQUIRE(report.ok());
      for (const char* name : {"encoder.layers.0.self_attn.E", "encoder.layers.0.self_attn.F"}) {
        CHECK(torch::equal(Parameter(child, name).narrow(-1, 0, 8),
                           Parameter(parent, name).narrow(-1, 0, 8)));
      }
      const auto& partly = report.value().partly;
      const bool told = std::find(partly.begin(), partly.end(),
                                  "encoder.layers.0.self_attn.E: 8 of 12 columns") != partly.end();
      CHECK(told == (after == 12));
    }
  }
}

TEST_CASE("a Linformer takes no projection of another kind, and the report says so", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const std::string e = "encoder.layers.0.self_attn.E", f = "encoder.layers.0.self_attn.F";
  const auto of_kind = [&](const char* projection, std::int64_t seed) {  // E is [4, 16] or [4, 8]
    return Make(
        TinyRun("linformer", {{"max_length", std::int64_t{16}}, {"projection", projection}}),
        vocabulary, seed);
  };
  for (const auto& [before, after] : {std::pair{"convolution", "learned"},
                                      {"convolution", "random"},
                                      {"learned", "random"},
                                      {"random", "learned"}}) {
    CAPTURE(before, after);
    const Classifier parent = of_kind(before, 1), child = of_kind(after, 2);
    TensorFile weights = WeightsOf(*parent, vocabulary, {""});
    const torch::Tensor into = WeightsOf(*child, vocabulary, {""}).tensors.at(e).detach();
    const torch::Tensor drawn = into.clone();
    const auto report = LoadWeights(weights, vocabulary, *child);
    REQUIRE(report.ok());
    CHECK(torch::equal(into, drawn));
    const std::string why = std::string(": ") + after + " here, " + before + " in the file";
    CHECK(report.value().missing == std::vector<std::string>{e + why, f + why});
    weights.metadata.erase("projection");  // a file of another program
    REQUIRE(LoadWeights(weights, vocabulary, *child).ok());
    CHECK_FALSE(torch::equal(into, drawn));
  }
}

TEST_CASE("the channels of a convolution are not taken for columns of a matrix", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const auto at_place = [&](const char* place, std::int64_t seed) {
    return Make(TinyRun("linformer", {{"projection", "convolution"}, {"projection_place", place}}),
                vocabulary, seed);
  };
  const Classifier parent = at_place("before", 1), child = at_place("after", 2);
  const auto report = LoadWeights(WeightsOf(*parent, vocabulary, {""}), vocabulary, *child);
  REQUIRE(report.ok());
  CHECK(report.value().missing ==
        std::vector<std::string>{"encoder.layers.0.self_attn.E: 4×8 here, 4×16 in the file",
                                 "encoder.layers.0.self_attn.F: 4×8 here, 4×16 in the file"});
}

TEST_CASE("a report names what was missing, of another shape and extra", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const Classifier parent = Make(TinyRun("linformer"), vocabulary, 1);
  const Classifier child =
      Make(TinyRun("linformer",
                   {{"compression", std::int64_t{2}}, {"norm", "post"}, {"positions", "none"}}),
           vocabulary, 2);
  const auto report = LoadWeights(WeightsOf(*parent, vocabulary, {""}), vocabulary, *child);
  REQUIRE(report.ok());
  CHECK(report.value().missing ==
        std::vector<std::string>{"encoder.layers.0.self_attn.E: 12×24 here, 6×24 in the file",
                                 "encoder.layers.0.self_attn.F: 12×24 here, 6×24 in the file"});
  CHECK(report.value().extra ==
        std::vector<std::string>{"encoder.norm.bias", "encoder.norm.weight", "positions.weight"});
}

TEST_CASE("weights of which nothing fits are refused", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const Classifier child = Make(TinyRun("none"), vocabulary, 2);
  const TensorFile foreign{{{"layer.weight", torch::zeros({2, 3})}}, {}};
  CHECK(LoadWeights(foreign, vocabulary, *child).status().message() ==
        "none of its 1 tensors ('layer.weight' and so on) fits a parameter of this model by name "
        "and shape");
  CHECK_FALSE(LoadWeights({}, vocabulary, *child).ok());
}

TEST_CASE("weights of another program need neither words nor a run nor float32", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const Classifier parent = Make(TinyRun("none"), vocabulary, 1);
  const Classifier child = Make(TinyRun("none"), vocabulary, 2);
  TensorFile foreign;
  for (const auto& parameter : parent->named_parameters()) {
    foreign.tensors[parameter.key()] = parameter.value().detach().to(torch::kFloat64);
  }
  CHECK(LoadWeights(foreign, vocabulary, *child).value().loaded_share == 1);
  CHECK(
      torch::equal(Parameter(child, "classifier.weight"), Parameter(parent, "classifier.weight")));
}

TEST_CASE("words that are not those of the embedding do not lead out of it", "[weights]") {
  const auto vocabulary = WordsOf("a b");
  const Classifier child = Make(TinyRun("none"), vocabulary, 2);
  TensorFile hostile = WeightsOf(*child, vocabulary, {""});
  hostile.tensors["embedding.weight"] = torch::zeros({5, 16});
  const auto report = LoadWeights(hostile, vocabulary, *child);
  REQUIRE(report.ok());
  CHECK(report.value().missing == std::vector<std::string>{"embedding.weight: 6×16 here, 5×16 in "
                                                           "the file"});
}

}  // namespace
}  // namespace sweepformer::model
