#include "model/probe.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "datasets/batches.h"
#include "datasets/prepare.h"
#include "model/batch_loss.h"
#include "model/batch_tensors.h"
#include "model/evaluator.h"
#include "model/load_meter.h"
#include "model/lora.h"
#include "model/model_options.h"
#include "model/optimizer.h"
#include "model/platform.h"
#include "model/run_options.h"
#include "model/seeds.h"
#include "model/stopwatch.h"
#include "model/tensor_memory.h"
#include "model/timings.h"

namespace sweepformer::model {
namespace {

using datasets::Batch;
using datasets::BatchPlan;
using datasets::EncodedReviews;
using datasets::PreparedData;

/// At most `count` >= 1 batches, which stand for the plan: of as many parts of it, by length, the
/// middle ones.
BatchPlan SomeOf(BatchPlan plan, const EncodedReviews& samples, std::size_t count) {
  const auto longest = [&](const std::vector<std::int64_t>& batch) {
    int length = 0;
    for (const std::int64_t sample : batch) length = std::max(length, samples.Length(sample));
    return length;
  };
  std::stable_sort(plan.begin(), plan.end(),
                   [&](const auto& a, const auto& b) { return longest(a) < longest(b); });
  if (plan.size() <= count) return plan;
  BatchPlan some;
  for (std::size_t i = 0; i < count; ++i)
    some.push_back(std::move(plan[(2 * i + 1) * plan.size() / (2 * count)]));
  return some;
}

/// Times `work`, which takes a batch, on some batches of `plan`, on all of them equally often: the
/// same ones for every design, however fast, since short batches have other speeds than long ones.
template <typename Work>
Timings TimeSteps(const EncodedReviews& samples, BatchPlan plan, const ProbeOptions& options,
                  RunObserver& observer, Work work) {
  const BatchPlan timed =
      SomeOf(std::move(plan), samples, static_cast<std::size_t>(options.least_steps));
  Timings timings;
  timings.batches = timed.size();
  const auto steps_of_pass = static_cast<int>(timed.size());
  auto next = [&](int step) {
    const Stopwatch watch;
    Batch batch =
        datasets::MakeBatch(samples, timed[static_cast<std::size_t>(step % steps_of_pass)]);
    work(batch);
    return TimedStep{static_cast<double>(batch.labels.size()),
                     static_cast<double>(std::reduce(batch.lengths.begin(), batch.lengths.end())),
                     watch.seconds()};
  };
  for (int step = 0; step < options.warmup_steps; ++step) next(step);
  const Stopwatch all;
  for (int step = 0; !observer.StopAsked(); ++step) {
    const bool timed_enough = step >= options.least_steps && all.seconds() >= options.seconds;
    if (step % steps_of_pass == 0 && (timed_enough || step >= options.most_steps)) break;
    timings.steps.push_back(next(step));
  }
  return timings;
}

/// What is measured, with all it needs.
class Probe {
 public:
  Probe(const PreparedData& data, const RunOptions& options, const ProbeOptions& measure,
        std::int64_t seed, RunObserver& observer)
      : data_(data),
        options_(options),
        measure_(measure),
        seed_(seed),
        observer_(observer),
        model_(BuildModel(options.model, data.vocabulary.size(), data.classes, seed)) {
    model_.classifier->to(options.training.device);
  }

  Timings Train() {
    ClassifierImpl& classifier = *model_.classifier;
    AdamW optimizer(classifier, options_.training.weight_decay);
    SeedTorch(seed_, Stream::kDropout, 1);
    classifier.train();
    // Of one order in every round: the spread of rounds is to be the machine's alone.
    auto plan = datasets::PlanTraining(data_.train, options_.training.batch_size, /*seed=*/0,
                                       /*epoch=*/1);
    return TimeSteps(data_.train, std::move(plan), measure_, observer_, [&](Batch& batch) {
      const BatchTensors tensors = ToTensors(batch, options_.training.device);
      optimizer.ClearGradients();
      const BatchLoss of_batch = LossOf(classifier, tensors);
      of_batch.whole.backward();
      optimizer.Step(options_.training.lr, options_.training.clip_norm);
      (void)of_batch.whole.item<double>();  // waits for a GPU, as the trainer does
    });
  }

  Timings Infer(std::int64_t batch_size) {
    const torch::NoGradGuard no_grad;
    model_.classifier->eval();
    MergeAdapters(*model_.classifier);  // as they are deployed
    auto plan = EvaluationPlan(data_.test, batch_size, options_.training.device);
    return TimeSteps(data_.test, std::move(plan), measure_, observer_, [&](Batch& batch) {
      const BatchTensors tensors = ToTensors(batch, options_.training.device);
      (void)model_.classifier->forward(tensors.tokens).argmax(1).to(torch::kCPU);
    });
  }

 private:
  const PreparedData& data_;
  const RunOptions& options_;
  const ProbeOptions& measure_;
  std::int64_t seed_;
  RunObserver& observer_;
  Model model_;
};

void Report(RunObserver& observer, const std::string& name, const Spread& spread) {
  observer.OnFinalMetric(name, spread.median);
  observer.OnFinalMetric(name + "_iqr", spread.iqr);
}

void ReportLoad(RunObserver& observer, const Load& load, int threads) {
  observer.OnFinalMetric("probe_seconds", load.wall_seconds);
  observer.OnFinalMetric("probe_cpu_share", load.cpu_share(threads));
  observer.OnFinalMetric("probe_run_delay_share", load.run_delay_share());
  observer.OnFinalMetric("probe_involuntary_switches",
                         static_cast<double>(load.involuntary_switches));
}

MetricSpec Measured(std::string name, std::string unit, Goal goal, std::string doc) {
  return {std::move(name), std::move(unit), goal, /*reproducible=*/false, "", std::move(doc)};
}

/// A figure with its interquartile range.
void AddSpread(const std::string& name, const std::string& unit, Goal goal, const std::string& doc,
               std::vector<MetricSpec>& metrics) {
  metrics.push_back(Measured(name, unit, goal, "measured alone: " + doc));
  metrics.push_back(Measured(name + "_iqr", unit, Goal::kNone, "interquartile range of the same"));
}

}  // namespace

std::vector<MetricSpec> ProbeMetrics() {
  std::vector<MetricSpec> metrics;
  const auto spread = [&](const std::string& name, const std::string& unit, Goal goal,
                          const std::string& doc) { AddSpread(name, unit, goal, doc, metrics); };
  const std::string train = "training steps on batches of all lengths";
  const std::string infer = "inference of test in batches of all lengths";
  spread("probe_train_samples_per_second", "reviews/s", Goal::kMaximize, train);
  spread("probe_train_tokens_per_second", "tokens/s", Goal::kMaximize, train + ", real tokens");
  spread("probe_infer_samples_per_second", "reviews/s", Goal::kMaximize, infer);
  spread("probe_infer_tokens_per_second", "tokens/s", Goal::kMaximize, infer + ", real tokens");
  spread("probe_infer_latency_seconds", "s", Goal::kMinimize,
         "median of single reviews of test, long and short ones");
  const std::vector<MetricSpec> others = {
      Measured("probe_peak_rss_bytes", "bytes", Goal::kMinimize, "of the probe's process (VmHWM)"),
      Measured("probe_peak_tensor_bytes", "bytes", Goal::kMinimize,
               "most bytes in tensors at once, on the CPU"),
      Measured("probe_train_steps", "", Goal::kNone, "training steps that were timed"),
      Measured("probe_seconds", "s", Goal::kNone, "wall time of all that was measured"),
      Measured("probe_cpu_share", "", Goal::kNone, "CPU time / (wall time x threads) meanwhile"),
      Measured("probe_run_delay_share", "", Goal::kNone, "of its runnable time, waiting for a CPU"),
      Measured("probe_involuntary_switches", "", Goal::kNone, "times another process took its CPU"),
      Measured("probe_disturbed", "", Goal::kMinimize,
               "1 if something else took the CPU, also when it was repeated"),
  };
  metrics.insert(metrics.end(), others.begin(), others.end());
  return metrics;
}

Status CarryOutProbe(const RunInput& input, const ProbeOptions& options, RunObserver& observer) {
  SetThreads(input.threads);
  KeepFreedMemory();
  TensorMemory::Install();
  TensorMemory::ResetPeak();
  SF_ASSIGN(RunOptions run, ReadRunOptions(input.parameters));
  if (run.model.precision == Precision::kEmulatedBfloat16) {
    return InvalidArgument("bfloat16 is emulated here: it has no speed that could be measured");
  }
  const PrecisionScope precision(run.model.precision);
  observer.OnConfig(run.resolved, FingerprintOf(run.resolved, input.data_folder));
  SF_ASSIGN(const PreparedData data,
            datasets::Prepare(run.resolved, input.seed, input.data_folder));
  run.model.segments = data.pairs;
  Probe probe(data, run, options, input.seed, observer);
  const LoadMeter meter;
  const Timings train = probe.Train();
  const Timings infer = probe.Infer(EvaluationBatch(run.training.batch_size));
  const Timings single = probe.Infer(1);
  const Load load = meter.Read();
  if (observer.StopAsked()) return Canceled("asked to stop while the speed was measured");
  Report(observer, "probe_train_samples_per_second", train.samples_per_second());
  Report(observer, "probe_train_tokens_per_second", train.tokens_per_second());
  Report(observer, "probe_infer_samples_per_second", infer.samples_per_second());
  Report(observer, "probe_infer_tokens_per_second", infer.tokens_per_second());
  Report(observer, "probe_infer_latency_seconds", single.seconds());
  observer.OnFinalMetric("probe_peak_rss_bytes", static_cast<double>(PeakRssBytes()));
  observer.OnFinalMetric("probe_peak_tensor_bytes",
                         static_cast<double>(TensorMemory::peak_bytes()));
  observer.OnFinalMetric("probe_train_steps", static_cast<double>(train.steps.size()));
  ReportLoad(observer, load, input.threads);
  return {};
}

}  // namespace sweepformer::model
