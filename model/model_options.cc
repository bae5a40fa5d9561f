#include "model/model_options.h"

#include <fmt/format.h>

#include "model/parameter_specs.h"
#include "model/seeds.h"

namespace sweepformer::model {
namespace {

constexpr std::string_view kNoAttention = "none";

std::vector<std::string> AttentionWords() {
  std::vector<std::string> words;
  for (const AttentionDesign& design : AttentionDesigns()) words.emplace_back(design.name);
  words.emplace_back(kNoAttention);
  return words;
}

std::vector<ParameterSpec> EncoderParameters() {
  return When(
      "attention <> 'none'",
      {IntegerSpec("layers", std::int64_t{2}, 1, "", "encoder layers"),
       IntegerSpec("heads", std::int64_t{4}, 1, "", "attention heads; they divide d_model"),
       IntegerSpec("d_ff", std::int64_t{256}, 1, "", "width of the feed-forward sublayers"),
       ChoiceSpec("norm", {"pre", "post"}, "layer norm before or after each sublayer"),
       ChoiceSpec("positions", {"learned", "sinusoidal", "none"},
                  "how tokens learn where they stand"),
       ChoiceSpec("pooling", {"mean", "cls", "max"}, "how a review's tokens become one vector")});
}

void CheckHeads(const AttentionOptions& options, ParameterReader& reader) {
  if (!reader.status().ok() || options.d_model % options.heads == 0) return;
  reader.Note(InvalidArgument(
      fmt::format("heads ({}) must divide d_model ({})", options.heads, options.d_model)));
}

void ReadEncoder(ParameterReader& reader, ModelOptions& options) {
  options.layers = reader.Integer("layers");
  options.encoder.d_ff = reader.Integer("d_ff");
  options.encoder.norm = static_cast<Norm>(reader.Choice("norm"));
  options.positions = static_cast<Positions>(reader.Choice("positions"));
  options.pooling = static_cast<Pooling>(reader.Choice("pooling"));
}

}  // namespace

std::vector<ParameterSpec> ModelParameters() {
  std::vector<ParameterSpec> all = {
      ChoiceSpec("attention", AttentionWords(),
                 "what mixes the tokens; none: a bag of embeddings, the honest baseline"),
      IntegerSpec("d_model", std::int64_t{128}, 1, "", "width of the embeddings and the encoder"),
      NumberSpec("dropout", 0.1, 0, 0.99, "share of activations and attention weights dropped"),
  };
  const auto add = [&](const std::vector<ParameterSpec>& some) {
    all.insert(all.end(), some.begin(), some.end());
  };
  add(EncoderParameters());
  for (const AttentionDesign& design : AttentionDesigns()) add(design.parameters());
  return all;
}

std::vector<ParameterCheck> ModelChecks() {
  std::vector<ParameterCheck> all = {
      {"d_model % heads = 0", "heads must divide d_model; choose another number of heads"}};
  for (const AttentionDesign& design : AttentionDesigns()) {
    const auto some = design.checks();
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

ModelOptions ReadModelOptions(ParameterReader& reader) {
  ModelOptions options;
  options.max_length = reader.Integer("max_length");
  options.encoder.d_model = reader.Integer("d_model");
  options.encoder.dropout = reader.Number("dropout");
  const std::size_t design = reader.Choice("attention");
  if (design == AttentionDesigns().size()) return options;
  ReadEncoder(reader, options);
  const AttentionOptions attention{.d_model = options.encoder.d_model,
                                   .heads = reader.Integer("heads"),
                                   .max_length = options.max_length,
                                   .dropout = options.encoder.dropout};
  CheckHeads(attention, reader);
  options.attention = AttentionDesigns()[design].read(attention, reader);
  return options;
}

Model BuildModel(const ModelOptions& options, std::int64_t vocab_size, std::int64_t classes,
                 std::int64_t seed) {
  Model model;
  for (std::int64_t layer = 0; options.attention && layer < options.layers; ++layer) {
    SeedTorch(seed, Stream::kAttention, layer);
    model.attention.push_back(options.attention(model.attention));
  }
  SeedTorch(seed, Stream::kWeights);
  if (options.attention) {
    model.classifier = std::make_shared<EncoderClassifierImpl>(
        EncoderClassifierOptions{vocab_size, classes, options.max_length, options.encoder,
                                 options.positions, options.pooling},
        model.attention);
  } else {
    model.classifier = std::make_shared<BagClassifierImpl>(BagClassifierOptions{
        vocab_size, classes, options.encoder.d_model, options.encoder.dropout});
  }
  return model;
}

std::int64_t CountParameters(const torch::nn::Module& module) {
  std::int64_t count = 0;
  for (const auto& parameter : module.parameters()) count += parameter.numel();
  return count;
}

}  // namespace sweepformer::model
