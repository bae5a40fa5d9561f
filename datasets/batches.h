#pragma once

#include <cstdint>
#include <vector>

#include "datasets/encode.h"

namespace sweepformer::datasets {

/// Numbers of the samples that go through the model together.
using BatchPlan = std::vector<std::vector<std::int64_t>>;

/// The batches of one training epoch: all samples once, in a random order that depends on the seed
/// and the epoch only and is the same on every machine. Samples of like length share a batch: the
/// shuffled samples are sorted by length within pools of kPoolBatches batches, then the batches are
/// shuffled, so batches differ between epochs and pad little. ceil(size / batch_size) batches, one
/// of which may be smaller. batch_size > 0.
BatchPlan PlanTraining(const EncodedReviews& samples, std::int64_t batch_size, std::int64_t seed,
                       std::int64_t epoch);
inline constexpr std::int64_t kPoolBatches = 20;

/// All samples once, the longest first (so that memory peaks at once); equal lengths keep their
/// order. Batches of batch_size, or of as many as have no more than most_tokens with their padding,
/// but one at least.
BatchPlan PlanEvaluation(const EncodedReviews& samples, std::int64_t batch_size,
                         std::int64_t most_tokens);

/// Samples laid side by side; only as long as the longest of them.
struct Batch {
  std::vector<std::int64_t> indices;  ///< sample numbers, B of them
  std::int64_t length = 0;            ///< T, at least 1
  std::vector<std::int64_t> tokens;   ///< [B, T] row-major, padded with kPad
  std::vector<std::int64_t> lengths;  ///< [B] real tokens of each, at least 1
  std::vector<std::int64_t> labels;   ///< [B]
};

Batch MakeBatch(const EncodedReviews& samples, const std::vector<std::int64_t>& indices);

}  // namespace sweepformer::datasets
