#include "model/dropout_mask.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/random.h"

namespace sweepformer::model {
namespace {

constexpr std::int64_t kDrawsPerWord = 4;
constexpr int kDrawBits = 16;
constexpr std::uint64_t kSteps = 1 << kDrawBits;

}  // namespace

torch::Tensor DropoutMask(double probability, std::uint64_t seed, const torch::Tensor& like) {
  const auto dropped = static_cast<std::uint64_t>(std::llround(probability * kSteps));
  const auto kept = static_cast<float>(1.0 / (1.0 - static_cast<double>(dropped) / kSteps));
  torch::Tensor mask = torch::empty(like.sizes(), torch::kFloat32);
  float* const out = mask.data_ptr<float>();
  datasets::Random random(seed);
  for (std::int64_t at = 0; at < mask.numel(); at += kDrawsPerWord) {
    std::uint64_t word = random.Next();
    const std::int64_t end = std::min(at + kDrawsPerWord, mask.numel());
    for (std::int64_t i = at; i < end; ++i, word >>= kDrawBits) {
      out[i] = word % kSteps < dropped ? 0.0F : kept;
    }
  }
  return mask.to(like.options());
}

std::uint64_t NewMaskSeed() {
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::uint64_t>(
      torch::randint(kLargest, {1}, torch::kInt64).item<std::int64_t>());
}

}  // namespace sweepformer::model
