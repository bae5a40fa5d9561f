#include "model/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "datasets/fingerprint.h"
#include "datasets/prepare.h"
#include "model/best_weights.h"
#include "model/checkpoints.h"
#include "model/diagnostics.h"
#include "model/evaluator.h"
#include "model/machine_rates.h"
#include "model/matthews.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "model/slices.h"
#include "model/tensor_memory.h"
#include "model/weights.h"
#include "orchestrator/core/hash.h"
#include "orchestrator/core/parameter_table.h"

namespace sweepformer::model {
namespace {

using datasets::EncodedReviews;
using datasets::PreparedData;

double MeanTokens(const EncodedReviews& samples) {
  double total = 0;
  for (std::int64_t i = 0; i < samples.size(); ++i) total += samples.Length(i);
  return total / static_cast<double>(samples.size());
}

/// Mean number of slots that hold the keys of a sample.
double MeanSlots(const AttentionImpl& attention, const EncodedReviews& samples) {
  std::int64_t total = 0;
  for (std::int64_t i = 0; i < samples.size(); ++i) {
    total += attention.CompressedLength(samples.Length(i));
  }
  return static_cast<double>(total) / static_cast<double>(samples.size());
}

std::int64_t CountLabel(const EncodedReviews& samples, std::int64_t label) {
  return std::count(samples.labels().begin(), samples.labels().end(), label);
}

/// Of equally common labels the highest counts as the commonest.
double MajorityAccuracy(const PreparedData& data) {
  std::int64_t commonest = 0;
  for (std::int64_t label = 1; label < data.classes; ++label) {
    if (CountLabel(data.train, label) >= CountLabel(data.train, commonest)) commonest = label;
  }
  return static_cast<double>(CountLabel(data.test, commonest)) /
         static_cast<double>(data.test.size());
}

struct Validation {
  double loss = 0;
  ValidFigures figures;
};

Validation Validate(ClassifierImpl& classifier, const PreparedData& data, std::int64_t epoch,
                    const TrainingOptions& training, RunObserver& observer) {
  const Evaluation valid =
      Evaluate(classifier, data.valid, training.device, EvaluationBatch(training.batch_size));
  const double mcc = MatthewsCorrelation(valid.answers, data.valid.labels(), data.classes);
  observer.OnHistory({"valid_loss", "valid", epoch, valid.loss});
  observer.OnHistory({"valid_accuracy", "valid", epoch, valid.accuracy});
  if (training.best_by == BestBy::kMcc) observer.OnHistory({"valid_mcc", "valid", epoch, mcc});
  return {valid.loss, {valid.accuracy, mcc}};
}

/// `init`, where it is given, must say what happens.
Status CheckInit(const Parameters& parameters, const RunInput& input) {
  const auto it = parameters.find("init");
  if (it == parameters.end()) return {};
  const bool from_parent = FormatValue(it->second) == "parent";
  if (from_parent == !input.init_from.empty()) return {};
  return InvalidArgument(from_parent
                             ? "init = 'parent', but no [[init_from]] of the spec names the run "
                               "that this one starts from; add one whose 'when' matches"
                             : "init = 'random', but an [[init_from]] matches this run; narrow its "
                               "'when', e.g. with: init = 'parent'");
}

/// Says what adapters of weights that nobody has trained can be good for.
void NoteUntrainedBase(const RunInput& input, const ModelOptions& options, RunObserver& observer) {
  if (!options.lora || !input.init_from.empty()) return;
  observer.OnNote(
      "lora_rank > 0 and no run to start from: the weights that are adapted stay as they were "
      "drawn");
}

void NoteEmulation(const ModelOptions& options, RunObserver& observer) {
  if (options.precision != Precision::kEmulatedBfloat16) return;
  observer.OnNote(
      "bfloat16 is emulated (SWEEPFORMER_BFLOAT16): speeds and memory are not those of bfloat16");
}

/// Takes the initial weights from another run and reports what they are worth as they are.
Status StartFrom(const RunInput& input, const WeightsOrigin& origin, const PreparedData& data,
                 ClassifierImpl& classifier, const TrainingOptions& training,
                 RunObserver& observer) {
  SF_ASSIGN(const TensorFile weights, ReadWeightsOf(input.parent, input.init_from));
  const auto warning = SeenElsewhere(weights, origin);
  if (!warning.empty()) observer.OnNote(warning);
  const auto report = LoadWeights(weights, data.vocabulary, classifier);
  if (!report.ok()) return report.status().WithContext(input.init_from.string());
  for (const std::string& line : report.value().Lines()) observer.OnLog(line);
  observer.OnFinalMetric("init_loaded_share", report.value().loaded_share);
  Validate(classifier, data, /*epoch=*/0, training, observer);
  return {};
}

/// Whose checkpoints are: a run that was started by hand has no id, only what makes one.
std::string OwnerOf(const RunInput& input, const Parameters& resolved, std::string_view data) {
  if (!input.run.empty()) return input.run;
  return HashHex(fmt::format("{}\n{}\n{}\n{}", CanonicalJson(resolved), input.seed, data,
                             input.init_from.string()));
}

/// Trains and validates for all epochs that are left; the model ends with the weights of the best.
Status Fit(RunState& state, Checkpoints& checkpoints, const PreparedData& data,
           const TrainingOptions& training) {
  Transcript& said = state.said;
  const auto report = [&](std::int64_t step, double loss) {
    said.OnHistory({"step_loss", "train", step, loss});
  };
  const auto after_step = [&] { return checkpoints.AfterStep(state); };
  for (std::int64_t epoch = state.trainer.position().epoch; epoch <= training.epochs; ++epoch) {
    SF_ASSIGN(const TrainingEpoch trained, state.trainer.RunEpoch(epoch, report, after_step));
    said.OnHistory({"train_loss", "train", epoch, trained.loss});
    said.OnHistory({"train_accuracy", "train", epoch, trained.accuracy});
    if (trained.auxiliary_loss) {
      said.OnHistory({"auxiliary_loss", "train", epoch, *trained.auxiliary_loss});
    }
    const Validation valid = Validate(*state.classifier, data, epoch, training, said);
    if (!std::isfinite(valid.loss)) return state.trainer.Diverged(valid.loss, epoch);
    state.best.Offer(epoch, valid.figures);
    SF_TRY(checkpoints.AfterEpoch(state));
  }
  state.best.Restore();
  return {};
}

void ReportQuality(const BestWeights& best, BestBy by, const Evaluation& test,
                   const PreparedData& data, RunObserver& observer) {
  observer.OnFinalMetric("valid_accuracy", best.valid().accuracy);
  if (by == BestBy::kMcc) observer.OnFinalMetric("valid_mcc", best.valid().mcc);
  observer.OnFinalMetric("test_accuracy", test.accuracy);
  observer.OnFinalMetric("test_loss", test.loss);
  observer.OnFinalMetric("test_mcc",
                         MatthewsCorrelation(test.answers, data.test.labels(), data.classes));
  observer.OnFinalMetric("best_epoch", static_cast<double>(best.epoch()));
  observer.OnFinalMetric("majority_accuracy", MajorityAccuracy(data));
}

/// How the same weights do on another set.
void ReportSecondTest(ClassifierImpl& classifier, const PreparedData& data, torch::Device device,
                      std::int64_t batch_size, RunObserver& observer) {
  if (!data.second) return;
  const EncodedReviews& reviews = data.second->reviews;
  const Evaluation second = Evaluate(classifier, reviews, device, batch_size);
  observer.OnFinalMetric("second_test_accuracy", second.accuracy);
  observer.OnFinalMetric("second_test_loss", second.loss);
  observer.OnFinalMetric("second_test_mcc",
                         MatthewsCorrelation(second.answers, reviews.labels(), data.classes));
  observer.OnFinalMetric("second_test_samples", static_cast<double>(reviews.size()));
}

/// What was dropped and why, and how many reviews of each class every part has.
void ReportData(const PreparedData& data, RunObserver& observer) {
  const datasets::CorpusCounts& counts = data.counts;
  observer.OnHistory({"rows_read", "all", 0, static_cast<double>(counts.rows_read)});
  for (const auto& [reason, rows] : {std::pair("duplicates", counts.duplicates),
                                     {"also_in_test", counts.also_in_test},
                                     {"neutral", counts.neutral},
                                     {"untitled", counts.untitled},
                                     {"empty", counts.empty},
                                     {"other_domain", counts.other_domain}})
    observer.OnHistory({"rows_dropped", reason, 0, static_cast<double>(rows)});
  for (const auto& [part, samples] :
       {std::pair("train", &data.train), {"valid", &data.valid}, {"test", &data.test}})
    for (std::int64_t label = 0; label < data.classes; ++label)
      observer.OnHistory(
          {"class_samples", part, label, static_cast<double>(CountLabel(*samples, label))});
}

void ReportAuxiliaryLoss(const TrainingPosition& end, RunObserver& observer) {
  if (std::isnan(end.last_auxiliary_loss)) return;
  observer.OnFinalMetric("auxiliary_loss", end.last_auxiliary_loss);
}

/// Closed form; nothing where there is no encoder.
void ReportLayerActivations(const ModelOptions& options, const Model& model,
                            RunObserver& observer) {
  double largest = 0;
  for (const Attention& attention : model.attention) {
    largest = std::max(largest, LayerPeakHeld(options.encoder, *attention, options.max_length));
  }
  if (largest > 0) observer.OnFinalMetric("layer_activation_bytes", 4.0 * largest);
}

/// Nothing where the design does not compress.
void ReportCompression(const Model& model, const EncodedReviews& samples, RunObserver& observer) {
  double sum = 0;
  for (const Attention& attention : model.attention) {
    const double slots = MeanSlots(*attention, samples);
    if (slots > 0) sum += MeanTokens(samples) / slots;
  }
  if (sum > 0) {
    observer.OnFinalMetric("effective_compression",
                           sum / static_cast<double>(model.attention.size()));
  }
}

void ReportSize(const Model& model, const PreparedData& data, const TrainingCost& cost,
                RunObserver& observer) {
  const double mean_tokens = MeanTokens(data.train);
  const auto train_samples = static_cast<double>(data.train.size());
  observer.OnFinalMetric("parameters", static_cast<double>(CountParameters(*model.classifier)));
  observer.OnFinalMetric("trainable_parameters",
                         static_cast<double>(CountTrainableParameters(*model.classifier)));
  observer.OnFinalMetric("mixing_parameters",
                         static_cast<double>(CountParameters(model.attention)));
  ReportCompression(model, data.train, observer);
  observer.OnFinalMetric("mean_tokens", mean_tokens);
  observer.OnFinalMetric("truncated_share",
                         static_cast<double>(data.train.truncated()) / train_samples);
  observer.OnFinalMetric("padding_share", cost.padding_share());
  observer.OnFinalMetric("train_samples", train_samples);
  observer.OnFinalMetric("test_samples", static_cast<double>(data.test.size()));
}

void ReportCost(const TrainingCost& cost, const Checkpoints& checkpoints, const Evaluation& test,
                RunObserver& observer) {
  observer.OnFinalMetric("train_samples_per_second", cost.samples_per_second());
  observer.OnFinalMetric("train_tokens_per_second", cost.tokens_per_second());
  observer.OnFinalMetric("infer_samples_per_second", test.samples_per_second());
  observer.OnFinalMetric("infer_tokens_per_second", test.tokens_per_second());
  observer.OnFinalMetric("train_seconds", cost.seconds);
  observer.OnFinalMetric("cpu_seconds", checkpoints.cpu_seconds());
  observer.OnFinalMetric("peak_rss_bytes", static_cast<double>(checkpoints.peak_rss_bytes()));
}

/// What the attention sublayers tell of themselves at a stage of training. The memory it takes is
/// not the run's.
std::vector<Diagnosis> DiagnoseAt(std::string_view stage, const Model& model,
                                  const PreparedData& data, torch::Device device,
                                  RunObserver& observer) {
  const TensorMemory::Aside aside;
  auto layers = DiagnoseLayers(*model.classifier, model.attention, data.valid, device);
  ReportDiagnoses(layers, stage, observer);
  return layers;
}

/// What training had to compute beside what this machine can do; measured last, so that it is in no
/// other figure.
void ReportRoofline(const Trainer& trainer, RunObserver& observer) {
  const Work work = trainer.work();
  const MachineRates rates = MeasureRates();
  observer.OnFinalMetric("train_flops", work.flops);
  observer.OnFinalMetric("train_traffic_bytes", work.bytes);
  observer.OnFinalMetric("matmul_flops_per_second", rates.flops_per_second);
  observer.OnFinalMetric("memory_bytes_per_second", rates.bytes_per_second);
  observer.OnFinalMetric("train_roofline_share", rates.SecondsFor(work) / trainer.cost().seconds);
}

}  // namespace

std::string FingerprintOf(const Parameters& parameters, const std::filesystem::path& data_folder) {
  const auto request = datasets::RequestFrom(parameters, data_folder);
  if (!request.ok()) return "";
  const auto fingerprint = datasets::Fingerprint(*request);
  return fingerprint.ok() ? *fingerprint : "";
}

Result<Parameters> ResolveParameters(const Parameters& parameters) {
  SF_ASSIGN(RunOptions options, ReadRunOptions(parameters));
  return std::move(options.resolved);
}

namespace {

/// Of what is read, however it is labelled and shown and whatever else the run is judged on: runs
/// of the same may have parted the same reviews differently.
std::string SourceOf(Parameters resolved, const std::filesystem::path& data_folder) {
  for (const char* name : {"second_test", "star_classes", "empty_title", "mnist_image"})
    resolved.erase(name);
  return FingerprintOf(resolved, data_folder);
}

/// What the run's parameters ask for, and what is to be said of it before anything is done.
Result<RunOptions> OptionsOf(const RunInput& input, RunObserver& observer) {
  SF_ASSIGN(RunOptions options, ReadRunOptions(input.parameters));
  SF_TRY(CheckInit(options.resolved, input));
  NoteUntrainedBase(input, options.model, observer);
  NoteEmulation(options.model, observer);
  options.training.seed = input.seed;
  return options;
}

/// What comes before the first step, of a run that does not go on from a checkpoint.
Status BeginAnew(const RunInput& input, const WeightsOrigin& origin, const PreparedData& data,
                 const Model& model, const TrainingOptions& training, RunObserver& observer) {
  if (!input.init_from.empty()) {
    SF_TRY(StartFrom(input, origin, data, *model.classifier, training, observer));
  }
  DiagnoseAt("untrained", model, data, training.device, observer);
  return {};
}

/// Reads test once with the chosen weights, and tells the run's figures.
void ReportResult(const RunState& state, const Checkpoints& checkpoints, const RunOptions& options,
                  const Model& model, const PreparedData& data, RunObserver& observer) {
  ClassifierImpl& classifier = *model.classifier;
  const std::int64_t judged = EvaluationBatch(options.training.batch_size);
  const Evaluation test = Evaluate(classifier, data.test, state.device, judged);
  ReportQuality(state.best, options.training.best_by, test, data, observer);
  ReportSecondTest(classifier, data, state.device, judged, observer);
  ReportAuxiliaryLoss(state.trainer.position(), observer);
  ReportSlices(test.hits, data.test_items, observer);
  ReportSize(model, data, state.trainer.cost(), observer);
  ReportLayerActivations(options.model, model, observer);
  ReportCost(state.trainer.cost(), checkpoints, test, observer);
  if (state.device.is_cpu()) {
    observer.OnFinalMetric("peak_tensor_bytes", static_cast<double>(TensorMemory::peak_bytes()));
    ReportRoofline(state.trainer, observer);
  }
  ReportDiagnosedMeans(DiagnoseAt("trained", model, data, state.device, observer), observer);
  observer.OnTestHits(test.hits);
}

}  // namespace

Status CarryOut(const RunInput& input, RunObserver& observer) {
  SetThreads(input.threads);
  KeepFreedMemory();
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  SF_ASSIGN(RunOptions options, OptionsOf(input, observer));
  const PrecisionScope precision(options.model.precision);
  const TrainingOptions& training = options.training;
  const std::string fingerprint = FingerprintOf(options.resolved, input.data_folder);
  const WeightsOrigin origin = {input.run, SourceOf(options.resolved, input.data_folder),
                                PartOf(options.resolved)};
  observer.OnConfig(options.resolved, fingerprint);
  SF_ASSIGN(const PreparedData data,
            datasets::Prepare(options.resolved, input.seed, input.data_folder));
  options.model.segments = data.pairs;
  ReportData(data, observer);
  Model model = BuildModel(options.model, data.vocabulary.size(), data.classes, input.seed);
  model.classifier->to(training.device);
  Transcript said(observer);
  Checkpoints checkpoints({.folder = input.checkpoints},
                          OwnerOf(input, options.resolved, fingerprint), observer);
  if (!checkpoints.found()) SF_TRY(BeginAnew(input, origin, data, model, training, said));
  Trainer trainer(*model.classifier, data.train, training);
  BestWeights best(*model.classifier, training.best_by);
  RunState state{model.classifier, model.attention, trainer, best, said, training.device};
  if (checkpoints.found()) SF_TRY(checkpoints.Restore(state));
  SF_TRY(Fit(state, checkpoints, data, training));
  ReportResult(state, checkpoints, options, model, data, observer);
  if (input.keep_weights.empty()) return {};
  return SaveWeights(*model.classifier, data.vocabulary, origin, input.keep_weights);
}

}  // namespace sweepformer::model
