#include "model/trainer.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <sstream>
#include <utility>

#include "model/batch_loss.h"
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

void VisitLengths(StateArchive& archive, std::map<std::int64_t, std::int64_t>& samples_by_length) {
  std::string text;
  for (const auto& [length, samples] : samples_by_length) {
    text += fmt::format("{} {}\n", length, samples);
  }
  archive.Visit("cost.samples_by_length", text);
  if (!archive.loading()) return;
  std::istringstream lines(text);
  for (std::int64_t length = 0, samples = 0; lines >> length >> samples;) {
    samples_by_length[length] = samples;
  }
}

}  // namespace

Trainer::Trainer(ClassifierImpl& model, const datasets::EncodedReviews& samples,
                 const TrainingOptions& options)
    : model_(model),
      samples_(samples),
      options_(options),
      parameters_(TrainableParameters(model)),
      optimizer_(model, options.weight_decay),
      schedule_(options.schedule, options.epochs * StepsPerEpoch(samples, options)) {}

Status Trainer::Diverged(double loss, std::int64_t epoch) const {
  return InvalidArgument(fmt::format(
      "training diverged: the loss is {} after {} steps, in epoch {}; lower lr (now {}) "
      "or raise warmup_share",
      loss, position_.steps, epoch, options_.lr));
}

void Trainer::Update() {
  optimizer_.Step(options_.lr * schedule_.Factor(position_.steps), options_.clip_norm);
  ++position_.steps;
}

Result<Trainer::StepResult> Trainer::Step(datasets::Batch& batch) {
  const BatchTensors tensors = ToTensors(batch, options_.device);
  optimizer_.ClearGradients();
  const BatchLoss of_batch = LossOf(model_, tensors);
  if (const double whole = of_batch.whole.item<double>(); !std::isfinite(whole)) {
    return Diverged(whole, position_.epoch);
  }
  of_batch.whole.backward();
  Update();
  const torch::Tensor hits = of_batch.logits.argmax(1) == tensors.labels;
  return StepResult{of_batch.loss, of_batch.auxiliary, hits.sum().item<std::int64_t>()};
}

void Trainer::Count(const datasets::Batch& batch, const StepResult& step) {
  const auto size = static_cast<std::int64_t>(batch.labels.size());
  ++position_.batches;
  position_.loss_sum += step.loss * static_cast<double>(size);
  position_.hits += step.hits;
  position_.unreported_loss_sum += step.loss;
  ++position_.unreported_steps;
  if (step.auxiliary_loss) {
    position_.auxiliary_sum += *step.auxiliary_loss;
    ++position_.auxiliary_steps;
  }
  cost_.samples += size;
  cost_.tokens += std::reduce(batch.lengths.begin(), batch.lengths.end());
  cost_.padded_tokens += size * batch.length;
  cost_.samples_by_length[batch.length] += size;
}

double Trainer::TakeUnreportedLoss() {
  const double sum = std::exchange(position_.unreported_loss_sum, 0);
  const std::int64_t steps = std::exchange(position_.unreported_steps, 0);
  return sum / static_cast<double>(steps);
}

TrainingEpoch Trainer::EndEpoch() {
  const auto size = static_cast<double>(samples_.size());
  TrainingEpoch result{position_.loss_sum / size, static_cast<double>(position_.hits) / size, {}};
  if (position_.auxiliary_steps > 0) {
    result.auxiliary_loss =
        position_.auxiliary_sum / static_cast<double>(position_.auxiliary_steps);
  }
  position_ = {.epoch = position_.epoch + 1,
               .steps = position_.steps,
               .last_auxiliary_loss = result.auxiliary_loss.value_or(TrainingPosition::kNoLoss)};
  return result;
}

Result<TrainingEpoch> Trainer::RunEpoch(std::int64_t epoch, const StepReport& report,
                                        const AfterStep& after_step) {
  Stopwatch watch;
  position_.epoch = epoch;
  if (position_.batches == 0) SeedTorch(options_.seed, Stream::kDropout, epoch);
  model_.train();
  const auto plan = datasets::PlanTraining(samples_, options_.batch_size, options_.seed, epoch);
  const auto batches = static_cast<std::int64_t>(plan.size());
  const std::int64_t steps_per_report = DivideUp(batches, kReportsPerEpoch);
  while (position_.batches < batches) {
    datasets::Batch batch =
        datasets::MakeBatch(samples_, plan[static_cast<std::size_t>(position_.batches)]);
    SF_ASSIGN(const StepResult step, Step(batch));
    Count(batch, step);
    const std::int64_t done = position_.batches;
    const bool due = done % steps_per_report == 0 || done == batches;
    if (due) {
      const double loss = TakeUnreportedLoss();
      if (report) report(position_.steps, loss);
    }
    cost_.seconds += watch.seconds();
    if (after_step) SF_TRY(after_step());
    watch = Stopwatch();
  }
  cost_.seconds += watch.seconds();
  return EndEpoch();
}

void Trainer::Visit(StateArchive& archive) {
  archive.Visit("epoch", position_.epoch);
  archive.Visit("batches", position_.batches);
  archive.Visit("steps", position_.steps);
  archive.Visit("loss_sum", position_.loss_sum);
  archive.Visit("hits", position_.hits);
  archive.Visit("unreported_loss_sum", position_.unreported_loss_sum);
  archive.Visit("unreported_steps", position_.unreported_steps);
  archive.Visit("auxiliary_sum", position_.auxiliary_sum);
  archive.Visit("auxiliary_steps", position_.auxiliary_steps);
  archive.Visit("last_auxiliary_loss", position_.last_auxiliary_loss);
  archive.Visit("cost.samples", cost_.samples);
  archive.Visit("cost.tokens", cost_.tokens);
  archive.Visit("cost.padded_tokens", cost_.padded_tokens);
  archive.Visit("cost.seconds", cost_.seconds);
  VisitLengths(archive, cost_.samples_by_length);
  optimizer_.Visit(archive);
}

Work Trainer::work() const {
  std::int64_t numbers = 0;
  for (const auto& parameter : parameters_) numbers += parameter.numel();
  Work work = static_cast<double>(position_.steps) * OptimizerWork(numbers);
  for (const auto& [length, samples] : cost_.samples_by_length) {
    const Work of_one = TrainingWork(model_.ForwardWork(length)) + model_.RecomputedWork(length);
    work += static_cast<double>(samples) * of_one;
  }
  return work;
}

}  // namespace sweepformer::model
