#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "datasets/batches.h"
#include "datasets/encode.h"
#include "model/classifier.h"

namespace sweepformer::model {

/// Samples judged together: what the result depends on as little as on the order. Large enough to
/// keep the cores busy, small enough for the memory of training.
inline constexpr std::int64_t kEvaluationBatch = 64;

/// Of a run that trains on batches of `batch_size`: nothing is kept for a backward pass, so twice
/// as many samples take no more memory.
inline std::int64_t EvaluationBatch(std::int64_t batch_size) {
  return std::min(kEvaluationBatch, 2 * batch_size);
}

/// The batches in which `samples` are judged: of `batch_size`, but on a CPU of no more tokens than
/// leave the activations in its second cache.
datasets::BatchPlan EvaluationPlan(const datasets::EncodedReviews& samples, std::int64_t batch_size,
                                   torch::Device device = torch::kCPU);

/// How a classifier does on a set of samples.
struct Evaluation {
  double accuracy = 0;                ///< share of samples whose highest score is the label's
  double loss = 0;                    ///< mean cross-entropy, nats
  std::vector<std::int64_t> answers;  ///< the class of the highest score, in the samples' order
  std::vector<bool> hits;             ///< right or wrong, likewise
  std::int64_t tokens = 0;            ///< real ones, padding apart
  double seconds = 0;                 ///< wall time

  double samples_per_second() const { return static_cast<double>(hits.size()) / seconds; }
  double tokens_per_second() const { return static_cast<double>(tokens) / seconds; }
};

/// Judges `model` in evaluation mode, without gradients; leaves it in that mode. Sums are taken in
/// the samples' order, so the batch size does not show in the result.
Evaluation Evaluate(ClassifierImpl& model, const datasets::EncodedReviews& samples,
                    torch::Device device = torch::kCPU, std::int64_t batch_size = kEvaluationBatch);

}  // namespace sweepformer::model
