#include "model/model_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/optimizer.h"
#include "model/seeds.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

// What is no sublayer of an encoder but a classifier of its own.
constexpr const char* kLstm = "lstm";
constexpr const char* kNoAttention = "none";

std::vector<std::string> AttentionWords() {
  std::vector<std::string> words;
  for (const AttentionDesign& design : AttentionDesigns()) words.emplace_back(design.name);
  words.insert(words.end(), {kLstm, kNoAttention});
  return words;
}

/// The condition under which there are heads.
std::string WithHeads() {
  std::string without = fmt::format("'{}', '{}'", kNoAttention, kLstm);
  for (const AttentionDesign& design : AttentionDesigns()) {
    if (design.heads == HeadCount::kOne) without += fmt::format(", '{}'", design.name);
  }
  return fmt::format("attention NOT IN ({})", without);
}

std::string Quoted(const std::vector<std::string>& words) {
  return fmt::format("'{}'", fmt::join(words, "', '"));
}

std::vector<std::string> DesignsWith(Interior interior) {
  std::vector<std::string> names;
  for (const AttentionDesign& design : AttentionDesigns()) {
    if (design.interior == interior) names.emplace_back(design.name);
  }
  return names;
}

std::string WhyNotRelative() {
  return fmt::format(
      "positions = 'relative' is added to the scores of all pairs of tokens, which only attention "
      "= "
      "{} have; choose one of these or other positions",
      fmt::join(DesignsWith(Interior::kScores), " and "));
}

std::string WhyNotInfused() {
  return fmt::format(
      "positions = 'infused' is added to each token's query and key, which attention = {} have "
      "not; choose other positions",
      fmt::join(DesignsWith(Interior::kOther), " and "));
}

const char* WhyNotInfusedBeforeNorms() {
  return "positions = 'infused' is of the size of layer norms' results, but with norm = 'post' the "
         "first layer attends to the embeddings as they are, and 35 times larger positions drown "
         "them; choose norm = 'pre' or other positions";
}

std::vector<ParameterSpec> EncoderParameters() {
  std::vector<ParameterSpec> all;
  Append(When("attention <> 'none'", {IntegerSpec("layers", std::int64_t{2}, 1, "",
                                                  "encoder layers, or layers of the LSTM")}),
         all);
  Append(When(WithHeads(), {IntegerSpec("heads", std::int64_t{4}, 1, "",
                                        "attention heads; they divide d_model")}),
         all);
  Append(When("attention NOT IN ('none', 'lstm')",
              {IntegerSpec("d_ff", std::int64_t{256}, 1, "", "width of the feed-forward sublayers"),
               ChoiceSpec("norm", {"pre", "post"}, "layer norm before or after each sublayer"),
               ChoiceSpec("positions", {"learned", "sinusoidal", "none", "relative", "infused"},
                          "how tokens learn where they stand; relative: by T5's bias of scores, "
                          "infused: by sinusoids added to queries and keys of every layer"),
               OptionalChoiceSpec("precision", {"float32", "bfloat16"},
                                  "of the operands of products, forward and backward; weights, "
                                  "sums, softmax and norms are float32, and so are attention in "
                                  "blocks, Performers' features, linear attention's and "
                                  "Performers' sums over tokens, FNet's transform and the "
                                  "classifier's last layer"),
               FlagSpec("gradient_checkpointing",
                        "keep each layer's input alone and compute the rest once more going "
                        "backward: less memory, more time, the same numbers (sharing = "
                        "'layerwise' and reconstruction_weight > 0: but for rounding)"),
               IntegerSpec("lora_rank", Value(), 0, "",
                           "r: only low-rank adapters of this rank and the last layer learn; 0 or "
                           "absent: no adapters, everything learns")}),
         all);
  Append(When(fmt::format("attention IN ({})", Quoted(DesignsWith(Interior::kScores))),
              {FlagSpec("analysis",
                        "tell, before and after training, how fast the singular values of the "
                        "attention weights fall: attention_spectrum in history")}),
         all);
  Append(LoraParameters(), all);
  Append(When("attention <> 'none'", {ChoiceSpec("pooling", {"mean", "cls", "max"},
                                                 "how a review's tokens become one vector")}),
         all);
  Append(When("attention = 'lstm'",
              {ChoiceSpec("direction", {"both", "forward"},
                          "both: half of the states read the review from its end")}),
         all);
  return all;
}

const char* WhyNotFirstState() {
  return "with direction = 'forward' the first state has read [CLS] alone; choose pooling = 'mean' "
         "or 'max'";
}

void CheckHeads(const AttentionOptions& options, ParameterReader& reader) {
  if (!reader.status().ok() || options.d_model % options.heads == 0) return;
  reader.Note(InvalidArgument(
      fmt::format("heads ({}) must divide d_model ({})", options.heads, options.d_model)));
}

void CheckPositions(const ModelOptions& options, const AttentionDesign& design,
                    ParameterReader& reader) {
  if (options.positions == Positions::kRelative && design.interior != Interior::kScores) {
    reader.Note(InvalidArgument(WhyNotRelative()));
  }
  if (options.positions != Positions::kInfused) return;
  if (design.interior == Interior::kOther) reader.Note(InvalidArgument(WhyNotInfused()));
  if (options.encoder.norm == Norm::kPost) {
    reader.Note(InvalidArgument(WhyNotInfusedBeforeNorms()));
  }
}

Precision ReadPrecision(ParameterReader& reader) {
  if (reader.OptionalChoice("precision") == 0) return Precision::kFloat32;
  const Result<Precision> here = Bfloat16Here();
  reader.Note(here.status());
  return here.ok() ? *here : Precision::kFloat32;
}

void ReadEncoder(ParameterReader& reader, ModelOptions& options) {
  options.layers = reader.Integer("layers");
  options.encoder.d_ff = reader.Integer("d_ff");
  options.encoder.norm = static_cast<Norm>(reader.Choice("norm"));
  options.encoder.gradient_checkpointing = reader.Flag("gradient_checkpointing");
  options.precision = ReadPrecision(reader);
  options.positions = static_cast<Positions>(reader.Choice("positions"));
  options.pooling = static_cast<Pooling>(reader.Choice("pooling"));
  options.lora = ReadLoraOptions(options.encoder.d_model, reader);
}

void CheckLora(const ModelOptions& options, const AttentionDesign& design,
               ParameterReader& reader) {
  if (!options.lora || design.heads == HeadCount::kGiven) return;
  const LoraTargets targets = options.lora->targets;
  if (targets == LoraTargets::kFeedForward || targets == LoraTargets::kAll) return;
  reader.Note(InvalidArgument(
      fmt::format("attention '{}' has no projections to adapt; type lora_targets = 'feed-forward'",
                  design.name)));
}

LstmClassifierOptions ReadLstm(ParameterReader& reader, const EncoderOptions& common) {
  LstmClassifierOptions options;
  options.d_model = common.d_model;
  options.dropout = common.dropout;
  options.layers = reader.Integer("layers");
  options.bidirectional = reader.Choice("direction") == 0;
  options.pooling = static_cast<Pooling>(reader.Choice("pooling"));
  if (!options.bidirectional && options.pooling == Pooling::kCls) {
    reader.Note(InvalidArgument(WhyNotFirstState()));
  }
  if (options.bidirectional && options.d_model % 2 != 0) {
    reader.Note(InvalidArgument(
        fmt::format("d_model ({}) must be even for direction = 'both', which gives each half",
                    common.d_model)));
  }
  return options;
}

/// The classifier around what mixes the tokens.
Classifier MakeClassifier(const ModelOptions& options, const std::vector<Attention>& attention,
                          std::int64_t vocab_size, std::int64_t classes) {
  if (options.attention) {
    return std::make_shared<EncoderClassifierImpl>(
        EncoderClassifierOptions{vocab_size, classes, options.max_length, options.encoder,
                                 options.positions, options.pooling, options.segments},
        attention);
  }
  if (options.lstm) {
    LstmClassifierOptions lstm = *options.lstm;
    lstm.vocab_size = vocab_size;
    lstm.classes = classes;
    return std::make_shared<LstmClassifierImpl>(lstm);
  }
  return std::make_shared<BagClassifierImpl>(
      BagClassifierOptions{vocab_size, classes, options.encoder.d_model, options.encoder.dropout});
}

std::int64_t CountNumbers(const std::vector<torch::Tensor>& tensors) {
  std::int64_t count = 0;
  for (const auto& tensor : tensors) count += tensor.numel();
  return count;
}

}  // namespace

std::vector<ParameterSpec> ModelParameters() {
  std::vector<ParameterSpec> all = {
      ChoiceSpec("attention", AttentionWords(),
                 "what mixes the tokens; lstm: a recurrent classifier; none: a bag of embeddings, "
                 "the honest "
                 "baseline"),
      IntegerSpec("d_model", std::int64_t{128}, 1, "", "width of the embeddings and the encoder"),
      NumberSpec("dropout", 0.1, 0, 0.99, "share of activations and attention weights dropped"),
  };
  Append(EncoderParameters(), all);
  for (const AttentionDesign& design : AttentionDesigns()) Append(design.parameters(), all);
  return all;
}

std::vector<ParameterCheck> ModelChecks() {
  std::vector<ParameterCheck> all = {
      {"d_model % heads = 0", "heads must divide d_model; choose another number of heads"},
      {"direction <> 'both' OR d_model % 2 = 0",
       "direction = 'both' gives each half of d_model; choose an even d_model"},
      {"direction <> 'forward' OR pooling <> 'cls'", WhyNotFirstState()},
      {fmt::format("positions <> 'relative' OR attention IN ({})",
                   Quoted(DesignsWith(Interior::kScores))),
       WhyNotRelative()},
      {fmt::format("positions <> 'infused' OR attention NOT IN ({})",
                   Quoted(DesignsWith(Interior::kOther))),
       WhyNotInfused()},
      {"positions <> 'infused' OR norm <> 'post'", WhyNotInfusedBeforeNorms()},
      {WithHeads() + " OR lora_targets IN ('feed-forward', 'all')",
       "this design has no projections to adapt; choose lora_targets = 'feed-forward'"}};
  Append(LoraChecks(), all);
  for (const AttentionDesign& design : AttentionDesigns()) Append(design.checks(), all);
  return all;
}

ModelOptions ReadModelOptions(ParameterReader& reader) {
  ModelOptions options;
  options.max_length = reader.Integer("max_length");
  options.encoder.d_model = reader.Integer("d_model");
  options.encoder.dropout = reader.Number("dropout");
  const std::string word = reader.Text("attention");
  if (word == kLstm) options.lstm = ReadLstm(reader, options.encoder);
  const auto design = std::find_if(AttentionDesigns().begin(), AttentionDesigns().end(),
                                   [&](const auto& one) { return one.name == word; });
  if (design == AttentionDesigns().end()) return options;
  ReadEncoder(reader, options);
  const AttentionOptions attention{
      .d_model = options.encoder.d_model,
      .heads = design->heads == HeadCount::kGiven ? reader.Integer("heads") : 1,
      .max_length = options.max_length,
      .dropout = options.encoder.dropout,
      .positions = options.positions,
      .analysis = design->interior == Interior::kScores && reader.Flag("analysis")};
  CheckHeads(attention, reader);
  CheckLora(options, *design, reader);
  CheckPositions(options, *design, reader);
  options.attention = design->read(attention, reader);
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
  model.classifier = MakeClassifier(options, model.attention, vocab_size, classes);
  if (options.lora) {
    SeedTorch(seed, Stream::kAdapters);
    AddAdapters(*model.classifier, *options.lora);
  }
  return model;
}

std::int64_t CountParameters(const torch::nn::Module& module) {
  return CountNumbers(module.parameters());
}

std::int64_t CountTrainableParameters(const torch::nn::Module& module) {
  return CountNumbers(TrainableParameters(module));
}

}  // namespace sweepformer::model
