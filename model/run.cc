#include "model/run.h"

#include <algorithm>

#include "datasets/prepare.h"
#include "model/best_weights.h"
#include "model/evaluator.h"
#include "model/machine_rates.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "model/tensor_memory.h"
#include "model/weights.h"

namespace sweepformer::model {
namespace {

using datasets::EncodedReviews;
using datasets::PreparedData;

double MeanTokens(const EncodedReviews& samples) {
  double total = 0;
  for (std::int64_t i = 0; i < samples.size(); ++i) total += samples.Length(i);
  return total / static_cast<double>(samples.size());
}

double PositiveShare(const EncodedReviews& samples) {
  const auto positive = std::count(samples.labels().begin(), samples.labels().end(), 1);
  return static_cast<double>(positive) / static_cast<double>(samples.size());
}

double MajorityAccuracy(const PreparedData& data) {
  const double positive = PositiveShare(data.test);
  return PositiveShare(data.train) >= 0.5 ? positive : 1.0 - positive;
}

Evaluation Validate(ClassifierImpl& classifier, const PreparedData& data, std::int64_t epoch,
                    torch::Device device, RunObserver& observer) {
  Evaluation valid = Evaluate(classifier, data.valid, device);
  observer.OnHistory({"valid_loss", "valid", epoch, valid.loss});
  observer.OnHistory({"valid_accuracy", "valid", epoch, valid.accuracy});
  return valid;
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

/// Takes the initial weights from another run and reports what they are worth as they are.
Status StartFrom(const RunInput& input, const PreparedData& data, ClassifierImpl& classifier,
                 torch::Device device, RunObserver& observer) {
  SF_ASSIGN(const TensorFile weights, ReadWeightsOf(input.parent, input.init_from));
  const auto report = LoadWeights(weights, data.vocabulary, classifier);
  if (!report.ok()) return report.status().WithContext(input.init_from.string());
  for (const std::string& line : report.value().Lines()) observer.OnLog(line);
  observer.OnFinalMetric("init_loaded_share", report.value().loaded_share);
  Validate(classifier, data, /*epoch=*/0, device, observer);
  return {};
}

/// Trains and validates for all epochs; the model ends with the weights of the best one.
Result<BestWeights> Fit(Trainer& trainer, ClassifierImpl& classifier, const PreparedData& data,
                        const TrainingOptions& options, RunObserver& observer) {
  BestWeights best(classifier);
  for (std::int64_t epoch = 1; epoch <= options.epochs; ++epoch) {
    const auto report = [&](std::int64_t step, double loss) {
      observer.OnHistory({"step_loss", "train", step, loss});
    };
    SF_ASSIGN(const TrainingEpoch trained, trainer.RunEpoch(epoch, report));
    observer.OnHistory({"train_loss", "train", epoch, trained.loss});
    observer.OnHistory({"train_accuracy", "train", epoch, trained.accuracy});
    best.Offer(epoch, Validate(classifier, data, epoch, options.device, observer).accuracy);
  }
  best.Restore();
  return best;
}

void ReportQuality(const BestWeights& best, const Evaluation& test, const PreparedData& data,
                   RunObserver& observer) {
  observer.OnFinalMetric("valid_accuracy", best.valid_accuracy());
  observer.OnFinalMetric("test_accuracy", test.accuracy);
  observer.OnFinalMetric("test_loss", test.loss);
  observer.OnFinalMetric("best_epoch", static_cast<double>(best.epoch()));
  observer.OnFinalMetric("majority_accuracy", MajorityAccuracy(data));
}

void ReportSize(const Model& model, const PreparedData& data, const TrainingCost& cost,
                RunObserver& observer) {
  const double mean_tokens = MeanTokens(data.train);
  const auto train_samples = static_cast<double>(data.train.size());
  observer.OnFinalMetric("parameters", static_cast<double>(CountParameters(*model.classifier)));
  observer.OnFinalMetric("mixing_parameters",
                         static_cast<double>(CountParameters(model.attention)));
  if (!model.attention.empty()) {
    if (const auto k = model.attention.front()->projected_length()) {
      observer.OnFinalMetric("effective_compression", mean_tokens / static_cast<double>(*k));
    }
  }
  observer.OnFinalMetric("mean_tokens", mean_tokens);
  observer.OnFinalMetric("truncated_share",
                         static_cast<double>(data.train.truncated()) / train_samples);
  observer.OnFinalMetric("padding_share", cost.padding_share());
  observer.OnFinalMetric("train_samples", train_samples);
  observer.OnFinalMetric("test_samples", static_cast<double>(data.test.size()));
}

void ReportCost(const TrainingCost& cost, const Evaluation& test, RunObserver& observer) {
  observer.OnFinalMetric("train_samples_per_second", cost.samples_per_second());
  observer.OnFinalMetric("train_tokens_per_second", cost.tokens_per_second());
  observer.OnFinalMetric("infer_samples_per_second", test.samples_per_second());
  observer.OnFinalMetric("infer_tokens_per_second", test.tokens_per_second());
  observer.OnFinalMetric("train_seconds", cost.seconds);
  observer.OnFinalMetric("cpu_seconds", ProcessCpuSeconds());
  observer.OnFinalMetric("peak_rss_bytes", static_cast<double>(PeakRssBytes()));
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

Result<Parameters> ResolveParameters(const Parameters& parameters) {
  SF_ASSIGN(RunOptions options, ReadRunOptions(parameters));
  return std::move(options.resolved);
}

Status CarryOut(const RunInput& input, RunObserver& observer) {
  SetThreads(input.threads);
  KeepFreedMemory();
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  SF_ASSIGN(RunOptions options, ReadRunOptions(input.parameters));
  SF_TRY(CheckInit(options.resolved, input));
  options.training.seed = input.seed;
  observer.OnConfig(options.resolved);
  SF_ASSIGN(const PreparedData data,
            datasets::Prepare(options.resolved, input.seed, input.data_folder));
  const Model model = BuildModel(options.model, data.vocabulary.size(), data.classes, input.seed);
  ClassifierImpl& classifier = *model.classifier;
  classifier.to(options.training.device);
  if (!input.init_from.empty()) {
    SF_TRY(StartFrom(input, data, classifier, options.training.device, observer));
  }
  Trainer trainer(classifier, data.train, options.training);
  SF_ASSIGN(const BestWeights best, Fit(trainer, classifier, data, options.training, observer));
  const Evaluation test = Evaluate(classifier, data.test, options.training.device);
  ReportQuality(best, test, data, observer);
  ReportSize(model, data, trainer.cost(), observer);
  ReportCost(trainer.cost(), test, observer);
  if (options.training.device.is_cpu()) {
    observer.OnFinalMetric("peak_tensor_bytes", static_cast<double>(TensorMemory::peak_bytes()));
    ReportRoofline(trainer, observer);
  }
  observer.OnTestHits(test.hits);
  if (!input.keep_weights.empty()) {
    SF_TRY(SaveWeights(classifier, data.vocabulary, input.run, input.keep_weights));
  }
  return {};
}

}  // namespace sweepformer::model
