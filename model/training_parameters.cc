#include "model/training_parameters.h"

#include <fmt/format.h>
#include <torch/cuda.h>

#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

torch::Device ReadDevice(ParameterReader& reader) {
  if (reader.Text("device") != "cuda") return torch::kCPU;
  if (!torch::cuda::is_available()) {
    reader.Note(InvalidArgument(
        "device = 'cuda', but LibTorch finds no usable GPU here; type device = 'cpu'"));
  }
  return torch::kCUDA;
}

/// The set whose result is its Matthews correlation, as GLUE has it: three in four of its sentences
/// are acceptable, and a model that finds all of them so is right as often.
constexpr const char* kCola = "cola";

/// Where the result is not accuracy.
ParameterSpec BestBySpec() {
  ParameterSpec spec =
      ChoiceSpec("best_epoch_by", {"mcc", "accuracy"},
                 "of what figure on validation the best epoch has most: Matthews correlation, in "
                 "which the result is told, or accuracy");
  spec.when = fmt::format("dataset = '{}'", kCola);
  return spec;
}

BestBy ReadBestBy(ParameterReader& reader) {
  if (reader.Text("dataset") != kCola) return BestBy::kAccuracy;
  return static_cast<BestBy>(reader.Choice("best_epoch_by"));
}

/// Absent unless given: it says apart what a grid starts both ways.
ParameterSpec InitSpec() {
  ParameterSpec init = ChoiceSpec(
      "init", {"random", "parent"},
      "what the weights start from; 'parent' needs an [[init_from]], which needs no 'init'");
  init.default_value = Value();
  return init;
}

}  // namespace

std::vector<ParameterSpec> TrainingParameters() {
  return {
      IntegerSpec("epochs", std::int64_t{4}, 1, "",
                  "passes over the training reviews; the schedule is sized by them"),
      IntegerSpec("batch_size", std::int64_t{32}, 1, "reviews", "reviews in a training step"),
      NumberSpec("lr", 0.001, 0, std::nullopt, "AdamW's highest learning rate"),
      NumberSpec("weight_decay", 0.01, 0, std::nullopt,
                 "decoupled, of matrices but not of embeddings, biases and norms"),
      NumberSpec("warmup_share", 0.1, 0, 1, "share of all steps in which the learning rate rises"),
      ChoiceSpec("decay", {"linear", "cosine", "none"},
                 "how the learning rate falls to zero after warm-up"),
      NumberSpec("clip_norm", 1.0, 0, std::nullopt,
                 "gradients are scaled down to this norm; 0: never"),
      ChoiceSpec("device", {"cpu", "cuda"}, "what computes"),
      BestBySpec(),
      InitSpec(),
  };
}

TrainingOptions ReadTrainingOptions(ParameterReader& reader) {
  TrainingOptions options;
  options.epochs = reader.Integer("epochs");
  options.batch_size = reader.Integer("batch_size");
  options.lr = reader.Number("lr");
  options.weight_decay = reader.Number("weight_decay");
  options.clip_norm = reader.Number("clip_norm");
  options.schedule.warmup_share = reader.Number("warmup_share");
  options.schedule.decay = static_cast<Decay>(reader.Choice("decay"));
  options.device = ReadDevice(reader);
  options.best_by = ReadBestBy(reader);
  reader.Take("init");
  return options;
}

}  // namespace sweepformer::model
