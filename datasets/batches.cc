#include "datasets/batches.h"

#include <algorithm>
#include <numeric>

#include "datasets/random.h"

namespace sweepformer::datasets {
namespace {

std::vector<std::int64_t> AllSamples(const EncodedReviews& samples) {
  std::vector<std::int64_t> order(static_cast<std::size_t>(samples.size()));
  std::iota(order.begin(), order.end(), 0);
  return order;
}

BatchPlan Cut(const std::vector<std::int64_t>& order, std::int64_t size) {
  BatchPlan plan;
  const auto count = static_cast<std::int64_t>(order.size());
  for (std::int64_t begin = 0; begin < count; begin += size)
    plan.emplace_back(order.begin() + begin, order.begin() + std::min(begin + size, count));
  return plan;
}

}  // namespace

BatchPlan PlanTraining(const EncodedReviews& samples, std::int64_t batch_size, std::int64_t seed,
                       std::int64_t epoch) {
  Random random = Random::Of(static_cast<std::uint64_t>(seed), static_cast<std::uint64_t>(epoch));
  std::vector<std::int64_t> order = AllSamples(samples);
  random.Shuffle(order);
  const auto count = static_cast<std::int64_t>(order.size());
  const std::int64_t pool = kPoolBatches * batch_size;
  for (std::int64_t begin = 0; begin < count; begin += pool)
    std::stable_sort(order.begin() + begin, order.begin() + std::min(begin + pool, count),
                     [&](auto a, auto b) { return samples.Length(a) < samples.Length(b); });
  BatchPlan plan = Cut(order, batch_size);
  random.Shuffle(plan);
  return plan;
}

BatchPlan PlanEvaluation(const EncodedReviews& samples, std::int64_t batch_size,
                         std::int64_t most_tokens) {
  std::vector<std::int64_t> order = AllSamples(samples);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return samples.Length(a) > samples.Length(b); });
  BatchPlan plan;
  std::int64_t room = 0;  // samples that still fit into the last batch
  for (const std::int64_t sample : order) {
    if (room == 0) {  // a batch is as long as its first one
      plan.emplace_back();
      room = std::clamp<std::int64_t>(most_tokens / samples.Length(sample), 1, batch_size);
    }
    plan.back().push_back(sample);
    --room;
  }
  return plan;
}

Batch MakeBatch(const EncodedReviews& samples, const std::vector<std::int64_t>& indices) {
  Batch batch;
  batch.indices = indices;
  for (const std::int64_t i : indices) {
    batch.lengths.push_back(samples.Length(i));
    batch.labels.push_back(samples.labels()[static_cast<std::size_t>(i)]);
    batch.length = std::max(batch.length, batch.lengths.back());
  }
  const auto length = static_cast<std::size_t>(batch.length);
  batch.tokens.assign(indices.size() * length, kPad);
  for (std::size_t row = 0; row < indices.size(); ++row) {
    const auto sequence = samples.Sequence(indices[row]);
    std::copy(sequence.begin(), sequence.end(),
              batch.tokens.begin() + static_cast<std::ptrdiff_t>(row * length));
  }
  return batch;
}

}  // namespace sweepformer::datasets
