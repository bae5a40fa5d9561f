#include "model/evaluator.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "datasets/batches.h"
#include "model/batch_tensors.h"
#include "model/stopwatch.h"

namespace sweepformer::model {
namespace {

/// Losses and answers of single samples, in the samples' order.
struct PerSample {
  std::vector<double> losses;
  std::vector<std::int64_t> answers;
};

void Judge(const torch::Tensor& logits, const torch::Tensor& labels,
           const std::vector<std::int64_t>& indices, PerSample& judged) {
  const torch::Tensor losses =
      torch::cross_entropy_loss(logits, labels, /*weight=*/{}, at::Reduction::None)
          .to(torch::kCPU, torch::kFloat64);
  const torch::Tensor answers = logits.argmax(1).to(torch::kCPU);
  for (std::size_t row = 0; row < indices.size(); ++row) {
    const auto sample = static_cast<std::size_t>(indices[row]);
    judged.losses[sample] = losses.data_ptr<double>()[row];
    judged.answers[sample] = answers.data_ptr<std::int64_t>()[row];
  }
}

}  // namespace

datasets::BatchPlan EvaluationPlan(const datasets::EncodedReviews& samples, std::int64_t batch_size,
                                   torch::Device device) {
  constexpr std::int64_t kTokensOfThread = 4096;
  const std::int64_t most_tokens = device.is_cpu() ? kTokensOfThread * at::get_num_threads()
                                                   : std::numeric_limits<std::int64_t>::max();
  return datasets::PlanEvaluation(samples, batch_size, most_tokens);
}

Evaluation Evaluate(ClassifierImpl& model, const datasets::EncodedReviews& samples,
                    torch::Device device, std::int64_t batch_size) {
  const Stopwatch watch;
  const torch::NoGradGuard no_grad;
  model.eval();
  const auto size = static_cast<std::size_t>(samples.size());
  PerSample judged{std::vector<double>(size), std::vector<std::int64_t>(size)};
  Evaluation evaluation;
  for (const auto& indices : EvaluationPlan(samples, batch_size, device)) {
    datasets::Batch batch = datasets::MakeBatch(samples, indices);
    const BatchTensors tensors = ToTensors(batch, device);
    Judge(model.forward(tensors.tokens), tensors.labels, indices, judged);
    evaluation.tokens += std::reduce(batch.lengths.begin(), batch.lengths.end());
  }
  const double total = std::accumulate(judged.losses.begin(), judged.losses.end(), 0.0);
  for (std::size_t i = 0; i < size; ++i)
    evaluation.hits.push_back(judged.answers[i] == samples.labels()[i]);
  const auto right = std::count(evaluation.hits.begin(), evaluation.hits.end(), true);
  evaluation.loss = total / static_cast<double>(size);
  evaluation.accuracy = static_cast<double>(right) / static_cast<double>(size);
  evaluation.answers = std::move(judged.answers);
  evaluation.seconds = watch.seconds();
  return evaluation;
}

}  // namespace sweepformer::model
