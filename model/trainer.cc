#include "model/trainer.h"

#include <fmt/format.h>
#include <torch/nn/utils/clip_grad.h>

#include <cmath>
#include <numeric>

#include "model/batch_tensors.h"
#include "model/seeds.h"
#include "model/stopwatch.h"

namespace sweepformer::model {
namespace {

std::int64_t DivideUp(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::int64_t StepsPerEpoch(const datasets::EncodedReviews& samples,
                           const TrainingOptions& options) {
  return DivideUp(samples.size(), options.batch_size);
}

Status Diverged(double loss, std::int64_t step, std::int64_t epoch, double lr) {
  return InvalidArgument(
      fmt::format("training diverged: the loss is {} at step {} in epoch {}; lower lr (now {}) or "
                  "raise warmup_share",
                  loss, step, epoch, lr));
}

/// The mean loss since it was last asked.
class RunningLoss {
 public:
  void Add(double loss) {
    sum_ += loss;
    ++count_;
  }
  double Take() {
    const double mean = sum_ / static_cast<double>(count_);
    *this = RunningLoss();
    return mean;
  }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace

Trainer::Trainer(ClassifierImpl& model, const datasets::EncodedReviews& samples,
                 const TrainingOptions& options)
    : model_(model),
      samples_(samples),
      options_(options),
      parameters_(model.parameters()),
      optimizer_(model, options.weight_decay),
      schedule_(options.schedule, options.epochs * StepsPerEpoch(samples, options)) {}

void Trainer::Update() {
  if (options_.clip_norm > 0) torch::nn::utils::clip_grad_norm_(parameters_, options_.clip_norm);
  optimizer_.Step(options_.lr * schedule_.Factor(steps_));
  ++steps_;
}

Result<Trainer::StepResult> Trainer::Step(datasets::Batch& batch, std::int64_t epoch) {
  const BatchTensors tensors = ToTensors(batch, options_.device);
  optimizer_.ClearGradients();
  const torch::Tensor logits = model_.forward(tensors.tokens);
  const torch::Tensor loss = torch::cross_entropy_loss(logits, tensors.labels);
  StepResult result;
  result.loss = loss.item<double>();
  if (!std::isfinite(result.loss)) return Diverged(result.loss, steps_ + 1, epoch, options_.lr);
  loss.backward();
  Update();
  result.hits = (logits.argmax(1) == tensors.labels).sum().item<std::int64_t>();
  return result;
}

Result<TrainingEpoch> Trainer::RunEpoch(std::int64_t epoch, const StepReport& report) {
  const Stopwatch watch;
  SeedTorch(options_.seed, Stream::kDropout, epoch);
  model_.train();
  const auto plan = datasets::PlanTraining(samples_, options_.batch_size, options_.seed, epoch);
  const auto batches = static_cast<std::int64_t>(plan.size());
  const std::int64_t steps_per_report = DivideUp(batches, kReportsPerEpoch);
  TrainingEpoch result;
  RunningLoss recent;
  for (std::int64_t i = 0; i < batches; ++i) {
    datasets::Batch batch = datasets::MakeBatch(samples_, plan[static_cast<std::size_t>(i)]);
    SF_ASSIGN(const StepResult step, Step(batch, epoch));
    const auto size = static_cast<std::int64_t>(batch.labels.size());
    result.loss += step.loss * static_cast<double>(size);
    result.accuracy += static_cast<double>(step.hits);
    recent.Add(step.loss);
    cost_.samples += size;
    cost_.tokens += std::reduce(batch.lengths.begin(), batch.lengths.end());
    cost_.padded_tokens += size * batch.length;
    cost_.samples_by_length[batch.length] += size;
    const bool due = (i + 1) % steps_per_report == 0 || i + 1 == batches;
    if (due && report) report(steps_, recent.Take());
  }
  result.loss /= static_cast<double>(samples_.size());
  result.accuracy /= static_cast<double>(samples_.size());
  cost_.seconds += watch.seconds();
  return result;
}

Work Trainer::work() const {
  std::int64_t numbers = 0;
  for (const auto& parameter : parameters_) numbers += parameter.numel();
  Work work = static_cast<double>(steps_) * OptimizerWork(numbers);
  for (const auto& [length, samples] : cost_.samples_by_length) {
    work += static_cast<double>(samples) * TrainingWork(model_.ForwardWork(length));
  }
  return work;
}

}  // namespace sweepformer::model
