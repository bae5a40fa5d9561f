#include "datasets/batches.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <numeric>

using namespace sweepformer::datasets;

namespace {

/// `count` samples of 1 to 50 tokens, CLS included.
EncodedReviews Samples(int count) {
  EncodedReviews samples;
  for (int i = 0; i < count; ++i) {
    std::vector<std::int32_t> sequence(1 + (i * 37) % 50, kSpecialIds);
    sequence.front() = kCls;
    samples.Append(sequence, i % 2);
  }
  return samples;
}

std::vector<std::int64_t> Flat(const BatchPlan& plan) {
  std::vector<std::int64_t> all;
  for (const auto& batch : plan) all.insert(all.end(), batch.begin(), batch.end());
  return all;
}

bool HoldsEachOnce(const BatchPlan& plan, std::int64_t size) {
  auto all = Flat(plan);
  std::sort(all.begin(), all.end());
  std::vector<std::int64_t> expected(static_cast<std::size_t>(size));
  std::iota(expected.begin(), expected.end(), 0);
  return all == expected;
}

std::int64_t PaddedTokens(const EncodedReviews& samples, const BatchPlan& plan) {
  std::int64_t tokens = 0;
  for (const auto& batch : plan)
    tokens += static_cast<std::int64_t>(MakeBatch(samples, batch).tokens.size());
  return tokens;
}

}  // namespace

TEST_CASE("an epoch holds every sample once, in full batches but one", "[datasets][batches]") {
  const EncodedReviews samples = Samples(1003);
  const BatchPlan plan = PlanTraining(samples, 32, 7, 1);
  CHECK(plan.size() == 32);  // ceil(1003 / 32)
  CHECK(HoldsEachOnce(plan, 1003));
  CHECK(std::count_if(plan.begin(), plan.end(), [](const auto& b) { return b.size() != 32; }) == 1);
  CHECK(HoldsEachOnce(PlanTraining(samples, 5000, 7, 1), 1003));
}

TEST_CASE("the order of an epoch depends on seed and epoch only", "[datasets][batches]") {
  const EncodedReviews samples = Samples(500);
  CHECK(PlanTraining(samples, 16, 7, 1) == PlanTraining(samples, 16, 7, 1));
  CHECK(PlanTraining(samples, 16, 7, 1) != PlanTraining(samples, 16, 7, 2));
  CHECK(PlanTraining(samples, 16, 7, 1) != PlanTraining(samples, 16, 8, 1));
}

TEST_CASE("batches of an epoch differ in membership from those of the next",
          "[datasets][batches]") {
  const EncodedReviews samples = Samples(500);
  auto members = [&](std::int64_t epoch) {
    BatchPlan plan = PlanTraining(samples, 16, 7, epoch);
    for (auto& batch : plan) std::sort(batch.begin(), batch.end());
    std::sort(plan.begin(), plan.end());
    return plan;
  };
  CHECK(members(1) != members(2));
}

TEST_CASE("samples of like length share a batch, which saves padding", "[datasets][batches]") {
  const EncodedReviews samples = Samples(1000);
  std::vector<std::int64_t> order(1000);
  std::iota(order.begin(), order.end(), 0);
  BatchPlan unsorted;
  for (auto begin = order.begin(); begin != order.end(); begin += 20)
    unsorted.emplace_back(begin, begin + 20);
  std::int64_t real = 0;
  for (int i = 0; i < 1000; ++i) real += samples.Length(i);
  const std::int64_t wasted = PaddedTokens(samples, PlanTraining(samples, 20, 1, 1)) - real;
  CHECK(wasted * 4 < PaddedTokens(samples, unsorted) - real);
}

TEST_CASE("evaluation goes through all samples from the longest to the shortest",
          "[datasets][batches]") {
  const EncodedReviews samples = Samples(100);
  const BatchPlan plan = PlanEvaluation(samples, 32, /*most_tokens=*/1 << 20);
  CHECK(plan.size() == 4);
  CHECK(HoldsEachOnce(plan, 100));
  const auto order = Flat(plan);
  CHECK(std::is_sorted(order.begin(), order.end(), [&](auto a, auto b) {
    return samples.Length(a) != samples.Length(b) ? samples.Length(a) > samples.Length(b) : a < b;
  }));
}

TEST_CASE("batches for evaluation keep to their tokens, long samples in smaller ones",
          "[datasets][batches]") {
  const EncodedReviews samples = Samples(100);
  const BatchPlan plan = PlanEvaluation(samples, 32, /*most_tokens=*/60);
  CHECK(HoldsEachOnce(plan, 100));
  for (const auto& indices : plan) {
    const auto size = static_cast<std::int64_t>(indices.size());
    CHECK((size == 1 || size * MakeBatch(samples, indices).length <= 60));
  }
  CHECK(plan.front().size() == 1);
  CHECK(std::any_of(plan.begin(), plan.end(), [](const auto& batch) { return batch.size() > 3; }));
  CHECK(PlanEvaluation(samples, 32, 0).size() == 100);
}

TEST_CASE("a batch is only as long as its longest sample", "[datasets][batches]") {
  const EncodedReviews samples = Samples(10);  // lengths 1, 38, 25, 12, ...
  const Batch batch = MakeBatch(samples, {3, 0, 2});
  CHECK(batch.length == 25);
  CHECK(batch.lengths == std::vector<std::int64_t>{12, 1, 25});
  CHECK(batch.labels == std::vector<std::int64_t>{1, 0, 0});
  CHECK(batch.indices == std::vector<std::int64_t>{3, 0, 2});
  REQUIRE(batch.tokens.size() == 75);
  CHECK(batch.tokens[0] == kCls);
  CHECK(batch.tokens[11] == 4);
  CHECK(batch.tokens[12] == kPad);
  CHECK(batch.tokens[25] == kCls);
  CHECK(std::all_of(batch.tokens.begin() + 26, batch.tokens.begin() + 50,
                    [](auto token) { return token == kPad; }));
  CHECK(batch.tokens[74] == 4);
}
