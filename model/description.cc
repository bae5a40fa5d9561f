#include "model/description.h"

#include <string>
#include <utility>

#include "datasets/parameters.h"
#include "model/model_options.h"
#include "model/probe.h"
#include "model/run_cost.h"
#include "model/run_memory.h"
#include "model/training_parameters.h"
#include "orchestrator/core/parameter_specs.h"

namespace sweepformer::model {
namespace {

/// Metrics that the same configuration and threads repeat bit for bit, and those that depend on the
/// machine and its load.
MetricSpec Exact(std::string name, std::string unit, Goal goal, std::string doc) {
  return {std::move(name), std::move(unit), goal, /*reproducible=*/true, "", std::move(doc)};
}

MetricSpec Measured(std::string name, std::string unit, Goal goal, std::string doc) {
  return {std::move(name), std::move(unit), goal, /*reproducible=*/false, "", std::move(doc)};
}

MetricSpec When(std::string when, MetricSpec metric) {
  metric.when = std::move(when);
  return metric;
}

std::vector<MetricSpec> QualityMetrics() {
  return {
      Exact("valid_accuracy", "", Goal::kMaximize,
            "of best_epoch, which is chosen by it where best_epoch_by does not say otherwise"),
      When("best_epoch_by = 'mcc'", Exact("valid_mcc", "", Goal::kMaximize,
                                          "as test_mcc, on validation: of the epoch that was "
                                          "chosen by it")),
      Exact("test_accuracy", "", Goal::kMaximize, "read once, with the weights of best_epoch"),
      Exact("test_loss", "nats", Goal::kMinimize, "mean cross-entropy with the same weights"),
      Exact("test_mcc", "", Goal::kMaximize,
            "Matthews correlation of answers and labels on test, GLUE's figure for CoLA: 1 all "
            "right, 0 as chance or all answers alike; of more than two classes Gorodkin's R_K"),
      When("second_test IS NOT NULL",
           Exact("second_test_accuracy", "", Goal::kMaximize,
                 "as test_accuracy, on the test part of second_test but for reviews that stand in "
                 "the training or validation part")),
      When("second_test IS NOT NULL",
           Exact("second_test_loss", "nats", Goal::kMinimize, "likewise, as test_loss")),
      When("second_test IS NOT NULL",
           Exact("second_test_mcc", "", Goal::kMaximize, "likewise, as test_mcc")),
      When("second_test IS NOT NULL",
           Exact("second_test_samples", "reviews", Goal::kNone, "judged of second_test")),
      Exact("best_epoch", "", Goal::kNone,
            "the epoch of the highest validation accuracy, or of what best_epoch_by says; of equal "
            "ones the earliest"),
      When("reconstruction_weight > 0 AND (lora_rank IS NULL OR lora_rank = 0) AND (memory_length "
           "/ segment_length + 1) * "
           "segment_length < max_length",
           Exact("auxiliary_loss", "", Goal::kMinimize,
                 "of the last epoch's steps, without its weight: what attention loses by "
                 "compression, squared")),
      Exact("init_loaded_share", "", Goal::kNone,
            "of the model's parameters, how many came from the run it starts from; only with "
            "init_from"),
      Exact("majority_accuracy", "", Goal::kNone,
            "on test, of always answering the commonest label of the training reviews"),
  };
}

std::vector<MetricSpec> SizeMetrics() {
  return {
      Exact("parameters", "", Goal::kMinimize, "numbers of the model, each shared one once"),
      Exact("trainable_parameters", "", Goal::kMinimize,
            "of these, those that learn: fewer with adapters (lora_rank)"),
      Exact("mixing_parameters", "", Goal::kMinimize,
            "of parameters, in the attention sublayers, their four projections included"),
      When("attention NOT IN ('none', 'lstm')",
           Exact("layer_activation_bytes", "bytes", Goal::kMinimize,
                 "most that one sample of max_length tokens holds in one encoder layer while it "
                 "learns, the largest layer's; a closed form in float32, without padding, dropout "
                 "and adapters")),
      When("attention = 'linformer'",
           Exact("effective_compression", "", Goal::kNone,
                 "mean length of a training input in real tokens / mean number of slots that hold "
                 "it, mean over the layers; below 1, k exceeds the input")),
      When("attention = 'performer'",
           Exact("attention_error", "", Goal::kMinimize,
                 "of random features against softmax attention with the same queries, keys and "
                 "values: relative Frobenius error, mean over the layers, on validation reviews")),
      Exact("mean_tokens", "tokens", Goal::kNone,
            "mean length of a training input, [CLS] included"),
      Exact("truncated_share", "", Goal::kNone,
            "training inputs that were longer than max_length and were cut"),
      Exact("padding_share", "", Goal::kNone, "slots of the training batches that held padding"),
      Exact("train_samples", "reviews", Goal::kNone, "reviews in the training part"),
      Exact("test_samples", "reviews", Goal::kNone, "reviews in the test part"),
  };
}

std::vector<MetricSpec> CostMetrics() {
  return {
      Measured("train_samples_per_second", "reviews/s", Goal::kMaximize,
               "training steps only, with whatever else ran on the machine"),
      Measured("train_tokens_per_second", "tokens/s", Goal::kMaximize,
               "as train_samples_per_second, in real tokens"),
      Measured("infer_samples_per_second", "reviews/s", Goal::kMaximize,
               "over the test part, with whatever else ran on the machine"),
      Measured("infer_tokens_per_second", "tokens/s", Goal::kMaximize,
               "as infer_samples_per_second, in real tokens"),
      Measured("train_seconds", "s", Goal::kMinimize, "wall time of all training steps"),
      Measured("cpu_seconds", "s", Goal::kMinimize,
               "of all threads, from the process's start to the end of the run"),
      Measured("peak_rss_bytes", "bytes", Goal::kMinimize,
               "largest resident set of the run's process (VmHWM)"),
      When("device = 'cpu'",
           Exact("peak_tensor_bytes", "bytes", Goal::kMinimize,
                 "most bytes in tensors at once, optimizer and kept weights included")),
  };
}

/// Whether a run's speed speaks of its design or of how well it is programmed (work.h).
std::vector<MetricSpec> RooflineMetrics() {
  std::vector<MetricSpec> all = {
      Exact("train_flops", "flops", Goal::kMinimize,
            "of the matrix products of training, as a closed form of the design"),
      Exact("train_traffic_bytes", "bytes", Goal::kMinimize,
            "between these products and in the optimizer, as a closed form of the design"),
      Measured("matmul_flops_per_second", "flops/s", Goal::kNone,
               "what this machine does in a product of 512 x 512 matrices, on the run's threads"),
      Measured("memory_bytes_per_second", "bytes/s", Goal::kNone,
               "what this machine reads and writes, in tensors of a layer's size"),
      Measured("train_roofline_share", "", Goal::kNone,
               "of train_seconds, what these two rates need for train_flops and "
               "train_traffic_bytes; where two designs differ in it by far, their speeds compare "
               "engineering"),
  };
  for (MetricSpec& metric : all) metric.when = "device = 'cpu'";
  return all;
}

}  // namespace

std::vector<ParameterSpec> RunParameters() {
  std::vector<ParameterSpec> all = {ChoiceSpec("work", {"classify"}, "what the run does")};
  Append(datasets::DatasetParameters(), all);
  Append(ModelParameters(), all);
  Append(TrainingParameters(), all);
  return all;
}

std::vector<MetricSpec> RunMetrics() {
  std::vector<MetricSpec> all = QualityMetrics();
  Append(SizeMetrics(), all);
  Append(CostMetrics(), all);
  Append(RooflineMetrics(), all);
  return all;
}

WorkerDescription Describe() {
  WorkerDescription description;
  description.worker = "sweepformer-worker";
  description.version = std::to_string(kModelVersion);
  description.parameters = RunParameters();
  Append(datasets::DatasetChecks(), description.checks);
  Append(ModelChecks(), description.checks);
  description.metrics = RunMetrics();
  Append(ProbeMetrics(), description.metrics);
  description.cost = RunCost();
  description.memory = RunMemory();
  description.serves = true;
  return description;
}

}  // namespace sweepformer::model
